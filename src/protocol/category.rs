//! Categories: how long a task of each size may take.

/// A class of tasks and the unit all its deadlines are multiples of.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Category {
    /// Its name, such as `XS`.
    pub name: String,
    /// Free text, by custom JSON.
    pub description: String,
    /// The unit of its deadlines, in seconds.
    pub work_clock_time_ref: u64,
}

/// The five categories of the real network by name and seconds; a category's id is its index.
pub const DEFAULT_CATEGORIES: [(&str, u64); 5] = [
    ("XS", 300),
    ("S", 1_200),
    ("M", 3_600),
    ("L", 10_800),
    ("XL", 36_000),
];

impl Category {
    /// Returns the five categories of the real network, in the order of their ids.
    pub fn defaults() -> Vec<Self> {
        let category = |(name, seconds): (&str, u64)| Self {
            name: name.to_owned(),
            // The network stores the JSON of an empty string.
            description: "\"\"".to_owned(),
            work_clock_time_ref: seconds,
        };
        DEFAULT_CATEGORIES.map(category).into()
    }
}

/// Returns the id of the default category called `name`; case does not matter.
pub fn default_category(name: &str) -> Option<usize> {
    DEFAULT_CATEGORIES
        .iter()
        .position(|(known, _)| known.eq_ignore_ascii_case(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn default_categories_are_found_by_name_in_any_case() {
        assert_eq!(default_category("xs"), Some(0));
        assert_eq!(default_category("XL"), Some(4));
        assert_eq!(default_category("xxl"), None);
        assert_eq!(Category::defaults()[1].work_clock_time_ref, 1_200);
    }
}
