//! A build as it lies in a file with a run. Rule: what is read back can be deployed or is refused; its
//! writer may have been anybody.

use super::{Build, Unit};

impl Build {
    /// Returns the build as JSON, for [`Build::from_json`].
    pub fn to_json(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("texts, numbers and bytes have a JSON form")
    }

    /// Reads what [`Build::to_json`] wrote.
    ///
    /// # Errors
    ///
    /// What is wrong with it, in words.
    pub fn from_json(text: &[u8]) -> Result<Self, String> {
        let build: Self = serde_json::from_slice(text).map_err(|error| error.to_string())?;
        build.units().try_for_each(Unit::check_links)?;
        Ok(build)
    }

    /// Everything that is created.
    fn units(&self) -> impl Iterator<Item = &Unit> {
        let facets = self.facets.iter().map(|facet| &facet.unit);
        let others = [&self.token, &self.hub].into_iter().chain(&self.registries);
        facets.chain(others).chain(&self.libraries)
    }
}

impl Unit {
    /// Addresses of libraries go into the code, and nowhere else.
    fn check_links(&self) -> Result<(), String> {
        let is_outside = |start: &usize| {
            start
                .checked_add(20)
                .is_none_or(|end| end > self.code.len())
        };
        let outside = self.links.iter().find(|(_, start)| is_outside(start));
        outside.map_or(Ok(()), |(library, start)| {
            let name = &self.name;
            Err(format!(
                "{library} is linked at byte {start} of {name}, outside of its code"
            ))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_build_reads_back_as_it_was_written() {
        let build = Build::built_in();
        assert_eq!(Build::from_json(&build.to_json()), Ok(build));
    }

    #[test]
    fn a_library_that_would_go_outside_of_the_code_is_refused() {
        for start in [usize::MAX, usize::MAX - 19] {
            let mut build = Build::built_in();
            build.facets[2].unit.links = vec![("Orders".to_owned(), start)];
            let told = Build::from_json(&build.to_json()).unwrap_err();
            assert!(
                told.contains("Orders") && told.contains("OrdersFacet"),
                "{told}"
            );
        }
        let mut build = Build::built_in();
        let end = build.hub.code.len() - 20;
        build.hub.links = vec![("Orders".to_owned(), end)];
        assert!(Build::from_json(&build.to_json()).is_ok());
        build.hub.links[0].1 += 1;
        assert!(Build::from_json(&build.to_json()).is_err());
    }
}
