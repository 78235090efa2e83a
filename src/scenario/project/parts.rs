//! A whole project file, read: its sections held against each other. Rule: a section counts only
//! when an order uses it; what is left over is told.

use alloy_primitives::B256;

use super::{
    app::{ProjectApp, name_of},
    notes::{Field, Notes, Read, Section},
    order::Orders,
    reader::Node,
};
use crate::{
    amount::Nrlc,
    protocol::{DEFAULT_CATEGORIES, Name},
    scenario::model::Era,
};

/// Seconds of the five categories that were deployed in 2018, counted from 1.
const CATEGORIES_OF_2018: [u64; 5] = [300, 900, 1_800, 3_600, 7_200];

/// The longest time a category may have: a year.
const CATEGORY_SECONDS_MAX: u64 = 365 * 86_400;

const LISTING: &str = "it is for the list of dapps, not for the network";

/// Everything a project file says that a scenario can say.
#[derive(Clone, Debug)]
pub(super) struct Parts {
    pub(super) title: Option<Read<String>>,
    pub(super) description: Option<Read<String>>,
    pub(super) app: ProjectApp,
    pub(super) orders: Orders,
    pub(super) dataset: Option<ProjectDataset>,
    pub(super) category: Option<ProjectCategory>,
    /// The category of the task: its name, and its seconds where the network has no such category.
    pub(super) chosen: Option<Read<(Name, Option<u64>)>>,
}

/// A dataset some order asks for.
#[derive(Clone, Debug)]
pub(super) struct ProjectDataset {
    pub(super) name: Option<Read<String>>,
    pub(super) price: Option<Read<Nrlc>>,
    pub(super) url: Read<String>,
    pub(super) checksum: Option<Read<B256>>,
}

/// A category the file declares.
#[derive(Clone, Debug)]
pub(super) struct ProjectCategory {
    pub(super) name: Name,
    /// As it was written.
    pub(super) label: Option<Read<String>>,
    pub(super) seconds: Read<u64>,
}

impl Parts {
    /// Reads the whole project; none after a complaint.
    pub(super) fn read(node: &Node, notes: &mut Notes) -> Option<Self> {
        let mut root = Section::root(node, notes)?;
        let name = root.take(&["name"], notes);
        let name = name.and_then(|field| field.filled(notes));
        let description = root.take(&["description"], notes);
        let description = description.and_then(|field| field.filled(notes));
        root.ignore(
            &["license", "author", "social", "logo", "dapps"],
            LISTING,
            notes,
        );
        let network = "the network is inside this program";
        root.ignore(&["default", "chains"], network, notes);
        let orders = Orders::read(&mut root, notes);
        let app = root.take(&["app"], notes);
        let dataset = root.take(&["dataset"], notes);
        let dataset = dataset_of(dataset, &orders, notes);
        pool(&mut root, notes);
        let category = category_of(&mut root, notes);
        let chosen = chosen(&orders, category.as_ref(), notes);
        root.close("project files have no such field", notes);
        let Some(app) = app else {
            let help = "add app: { name: \"…\", params: { type: \"DOCKER\", envvars: \"XWDOCKERIMAGE=user/app:1.0\" } }";
            notes.refuse(
                &(node.span.start..node.span.start + 1),
                "the project has no `app`",
                help,
            );
            return None;
        };
        let app = Section::of(&app, notes);
        let app = app.and_then(|section| ProjectApp::read(section, notes));
        let own = app.as_ref().and_then(|app| app.name.clone());
        if let (Some(_), Some(name)) = (&own, &name) {
            notes.note(name, "the app has a name of its own");
        }
        let parts = Self {
            title: own.or(name),
            description,
            app: app?,
            orders,
            dataset,
            category,
            chosen,
        };
        parts.check(notes);
        parts.twice(notes);
        Some(parts)
    }

    /// Tells which prices and volumes do not count, since others do.
    fn twice(&self, notes: &mut Notes) {
        if let (Some(_), Some(other)) = (&self.app.price, &self.orders.app.price) {
            notes.note(other, "`app.price` says what the app costs");
        }
        let supply = &self.orders.dataset;
        let Some(dataset) = &self.dataset else {
            let reason = "no dataset of this file is asked for";
            supply
                .price
                .iter()
                .for_each(|price| notes.note(price, reason));
            supply
                .volume
                .iter()
                .for_each(|volume| notes.note(volume, reason));
            return;
        };
        if let (Some(_), Some(other)) = (&dataset.price, &supply.price) {
            notes.note(other, "`dataset.price` says what the dataset costs");
        }
    }

    /// What the app costs, whichever order of the years says so.
    pub(super) fn app_price(&self) -> Option<&Read<Nrlc>> {
        self.app.price.as_ref().or(self.orders.app.price.as_ref())
    }

    /// What the dataset costs.
    pub(super) fn dataset_price(&self) -> Option<&Read<Nrlc>> {
        let own = self
            .dataset
            .as_ref()
            .and_then(|dataset| dataset.price.as_ref());
        own.or(self.orders.dataset.price.as_ref())
    }

    /// Whether it was written for the workers of 2018.
    pub(super) fn is_classic(&self) -> bool {
        self.app.era == Era::Classic
    }

    /// Complains about prices nobody could pay.
    fn check(&self, notes: &mut Notes) {
        let prices = [
            self.app_price(),
            self.dataset_price(),
            self.orders.offer.price.as_ref(),
            self.orders.request.max_price.as_ref(),
        ];
        for price in prices.into_iter().flatten() {
            if price.value > Nrlc::SUPPLY {
                let message = format!("{} is more than there is", price.value);
                notes.refuse(&price.span, message, "there are 87 million RLC in all");
            }
        }
    }
}

/// Reads the section `dataset` if an order asks for one.
fn dataset_of(
    field: Option<Field<'_>>,
    orders: &Orders,
    notes: &mut Notes,
) -> Option<ProjectDataset> {
    let asked = orders.request.dataset.as_ref();
    let (Some(field), Some(asked)) = (&field, asked) else {
        if let Some(field) = field {
            field.ignore("no order asks for a dataset", notes);
        }
        if let Some(asked) = asked {
            let reason = "the file does not say where that dataset lies; add a `[dataset]` with `file` or `url`";
            notes.note(asked, reason);
        }
        return None;
    };
    let mut section = Section::of(field, notes)?;
    let mut url = section.take(&["multiaddr"], notes);
    let mut params = section.section(&["params"], notes);
    if let Some(params) = &mut params {
        url = url.or_else(|| params.take(&["uri", "url"], notes));
    }
    let read = url.and_then(|url| url.text(notes));
    let Some(url) = read.filter(|url| url.value.trim().to_lowercase().starts_with("http")) else {
        let place = "a dataset is fetched by http or https; download it, then add a `[dataset]` with its `file`";
        field.ignore(place, notes);
        notes.note(asked, place);
        return None;
    };
    if let Some(params) = params {
        params.close("no worker looked at it", notes);
    }
    let name = section.take(&["name"], notes);
    let name = name.and_then(|field| field.filled(notes));
    let price = section.take(&["price"], notes);
    let price = price.and_then(|field| field.nrlc(notes));
    let checksum = section.take(&["checksum"], notes);
    let checksum = checksum.and_then(|field| checksum_of(&field, notes));
    section.ignore(&["owner"], "people have names here: dora owns it", notes);
    section.ignore(&["hash"], "the content is what counts", notes);
    section.close("datasets have no such field", notes);
    Some(ProjectDataset {
        name,
        price,
        url: url.with(url.value.trim().to_owned()),
        checksum,
    })
}

/// Reads 32 bytes; none when they are all zero.
fn checksum_of(field: &Field<'_>, notes: &mut Notes) -> Option<Read<B256>> {
    let Some(read) = field.address(notes) else {
        field.ignore("it is empty", notes);
        return None;
    };
    let Ok(checksum) = read.value.trim().parse::<B256>() else {
        let message = "this is not a checksum";
        notes.refuse(
            &read.span,
            message,
            "write the SHA-256 of the file: 0x and 64 digits",
        );
        return None;
    };
    Some(read.with(checksum))
}

/// Tells that the section about a pool of one's own is not used.
fn pool(root: &mut Section<'_>, notes: &mut Notes) {
    let Some(mut pool) = root.section(&["workerPool", "workerpool"], notes) else {
        return;
    };
    pool.ignore(&["description"], "the pool is called main here", notes);
    pool.ignore(
        &["owner"],
        "people have names here: the pool owns itself",
        notes,
    );
    let stakes = [
        "subscriptionLockStakePolicy",
        "subscriptionMinimumStakePolicy",
    ];
    let each = "these contracts lock a stake for each contribution, none for joining a pool";
    pool.ignore(&stakes, each, notes);
    let score = "workers begin with score 0 here, so nobody could join; write `min_score` in `[pool.main]` to see it";
    pool.ignore(&["subscriptionMinimumScorePolicy"], score, notes);
    pool.close("pools have no such field", notes);
}

/// Reads the section `category`.
fn category_of(root: &mut Section<'_>, notes: &mut Notes) -> Option<ProjectCategory> {
    let mut section = root.section(&["category"], notes)?;
    let name = section.take(&["name"], notes);
    let name = name.and_then(|field| field.filled(notes));
    let seconds = section.take(&["workClockTimeRef"], notes);
    let seconds = seconds.and_then(|field| field.whole(notes));
    section.ignore(&["description"], "nothing depends on it", notes);
    section.close("categories have no such field", notes);
    let Some(seconds) = seconds else {
        if let Some(name) = &name {
            notes.note(name, "the category has no `workClockTimeRef`");
        }
        return None;
    };
    if !(1..=CATEGORY_SECONDS_MAX).contains(&seconds.value) {
        let message = format!("a category of {} seconds", seconds.value);
        let help = format!("write 1 to {CATEGORY_SECONDS_MAX} seconds");
        notes.refuse(&seconds.span, message, help);
        return None;
    }
    Some(ProjectCategory {
        name: name_of(name.as_ref(), "own"),
        label: name,
        seconds,
    })
}

/// Which categories there are, by their numbers: `0 is xs, 1 is s, …`.
pub(super) fn categories() -> String {
    let numbered = DEFAULT_CATEGORIES.iter().enumerate();
    let each = numbered.map(|(at, (name, _))| format!("{at} is {}", name.to_lowercase()));
    each.collect::<Vec<_>>().join(", ")
}

/// Finds the category the task is of.
fn chosen(
    orders: &Orders,
    own: Option<&ProjectCategory>,
    notes: &mut Notes,
) -> Option<Read<(Name, Option<u64>)>> {
    let of_request = orders.request.category.as_ref();
    let (index, known) = match (of_request, &orders.offer.category) {
        (Some(index), sold) => {
            if let Some(sold) = sold {
                notes.note(sold, "the order that asks says which category");
            }
            let known = usize::try_from(index.value).ok();
            let known = known.and_then(|at| DEFAULT_CATEGORIES.get(at));
            (
                index,
                known.map(|(name, _)| (Name::from(name.to_lowercase()), None)),
            )
        }
        (None, Some(sold)) => (sold, of_2018(sold.value)),
        (None, None) => return None,
    };
    let own = || own.map(|own| (own.name.clone(), None));
    let Some(found) = known.or_else(own) else {
        let there = match of_request {
            Some(_) => categories(),
            None => format!("in 2018 there were 1 to {}", CATEGORIES_OF_2018.len()),
        };
        let reason = format!(
            "there is no category {}: {there}; xs, of 5 minutes, is used",
            index.value
        );
        notes.note(index, &reason);
        return None;
    };
    Some(index.with(found))
}

/// The category that had this index in 2018.
fn of_2018(index: u64) -> Option<(Name, Option<u64>)> {
    let at = usize::try_from(index).ok()?.checked_sub(1)?;
    let seconds = *CATEGORIES_OF_2018.get(at)?;
    let same = DEFAULT_CATEGORIES
        .iter()
        .find(|(_, known)| *known == seconds);
    Some(match same {
        Some((name, _)) => (Name::from(name.to_lowercase()), None),
        None => (Name::from(format!("of-2018-{index}")), Some(seconds)),
    })
}
