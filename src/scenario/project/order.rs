//! What a project file asks for and offers: the orders of every era. Rule: the order somebody would
//! sign is the one that counts; templates for others are told as unused.

use super::{
    notes::{Field, Notes, Read, Section},
    params::Params,
    parts::categories,
};
use crate::amount::Nrlc;

/// The most tasks one order may ask for here.
const COUNT_MAX: u64 = 1_000_000;

/// What is asked for.
#[derive(Clone, Debug, Default)]
pub(super) struct Request {
    pub(super) params: Params,
    /// The dataset, by its address.
    pub(super) dataset: Option<Read<String>>,
    pub(super) count: Option<Read<u64>>,
    pub(super) trust: Option<Read<u64>>,
    pub(super) category: Option<Read<u64>>,
    pub(super) max_price: Option<Read<Nrlc>>,
}

/// What a pool offers.
#[derive(Clone, Debug, Default)]
pub(super) struct Offer {
    pub(super) price: Option<Read<Nrlc>>,
    pub(super) volume: Option<Read<u64>>,
    /// The category by its index in 2018, when categories were a matter of the offer.
    pub(super) category: Option<Read<u64>>,
}

/// What app or dataset owners offer.
#[derive(Clone, Debug, Default)]
pub(super) struct Supply {
    pub(super) price: Option<Read<Nrlc>>,
    pub(super) volume: Option<Read<u64>>,
}

/// Everything below `order`, `work` and `buyConf`.
#[derive(Clone, Debug, Default)]
pub(super) struct Orders {
    pub(super) request: Request,
    pub(super) offer: Offer,
    pub(super) app: Supply,
    pub(super) dataset: Supply,
}

const RESTRICT: &str = "only one app, dataset, pool and requester are here: write `app`, `dataset`, `pool` where orders should be choosy";
const TAG: &str =
    "enclaves are not emulated; write `tag` in app, pool and task to see orders matched by it";
const SIGNED: &str = "orders are signed anew with the keys of this network";
const UNKNOWN: &str = "orders have no such field";
const OTHER: &str = "another order of this file says what is asked for";
const ADDRESS: &str = "addresses of another chain mean nothing here";

impl Orders {
    /// Reads the orders of the whole project.
    pub(super) fn read(root: &mut Section<'_>, notes: &mut Notes) -> Self {
        let mut orders = Self::default();
        let mut requests = Vec::new();
        if let Some(mut order) = root.section(&["order"], notes) {
            if let Some(field) = order.take(&["requestorder", "userorder"], notes) {
                requests.push(field);
            }
            requests.extend(order.take(&["buy"], notes));
            orders.offer = Offer::read(&mut order, notes);
            orders.app = Supply::read(&mut order, &APP_SUPPLY, notes);
            orders.dataset = Supply::read(&mut order, &DATASET_SUPPLY, notes);
            order.close(UNKNOWN, notes);
        }
        requests.extend(root.take(&["work"], notes));
        requests.extend(root.take(&["buyConf"], notes));
        let mut requests = requests.into_iter();
        if let Some(request) = requests.next() {
            orders.request = Request::read(&request, notes);
        }
        for other in requests {
            other.ignore(OTHER, notes);
        }
        orders
    }
}

impl Request {
    /// Reads `order.requestorder`, `order.userorder`, `order.buy`, `buyConf` or `work`.
    fn read(field: &Field<'_>, notes: &mut Notes) -> Self {
        let mut request = Self::default();
        let Some(mut section) = Section::of(field, notes) else {
            return request;
        };
        request.params = match section.take(&["params"], notes) {
            Some(params) => Params::read(&params, notes),
            // In the first form the parameters are the section itself.
            None if field.name == "work" => Params::take(&mut section, notes),
            None => Params::default(),
        };
        let dataset = section.take(&["dataset", "data"], notes);
        request.dataset = match dataset {
            Some(field) => {
                let address = field.address(notes);
                if address.is_none() {
                    field.ignore("it is the empty address: no dataset is asked for", notes);
                }
                address
            }
            None => None,
        };
        request.count = above(
            section.take(&["volume"], notes),
            1,
            "one task is asked for",
            notes,
        );
        if let Some(count) = &request.count
            && count.value > COUNT_MAX
        {
            let message = format!("{} tasks are too many", count.value);
            let help = format!("at most {COUNT_MAX} are done in one run");
            notes.refuse(&count.span, message, help);
        }
        let trust = section.take(&["trust"], notes);
        request.trust = trust.and_then(|field| field.whole(notes));
        if let Some(trust) = &mut request.trust {
            // The chain takes no trust at all for a trust of one: a single vote.
            trust.value = trust.value.max(1);
        }
        let category = section.take(&["category"], notes);
        let help = format!("categories have numbers: {}", categories());
        request.category = category.and_then(|field| field.digits(&help, notes));
        let price = section.take(&["workerpoolmaxprice", "poolmaxprice"], notes);
        request.max_price = price.and_then(|field| field.nrlc(notes));
        let prices = [
            "appmaxprice",
            "dappmaxprice",
            "datasetmaxprice",
            "datamaxprice",
        ];
        let bid = "requesters here pay what app and dataset cost";
        section.ignore(&prices, bid, notes);
        section.ignore(&["app", "dapp", "workerpool", "pool"], ADDRESS, notes);
        section.ignore(&["tag"], TAG, notes);
        let callback = "no contract lies at that address here; write a `[contract]` and its name as `callback`";
        section.ignore(&["callback"], callback, notes);
        let person = "people have names here: alice asks, and the result is hers";
        section.ignore(&["beneficiary", "requester"], person, notes);
        section.ignore(&["salt", "sign"], SIGNED, notes);
        section.close(UNKNOWN, notes);
        request
    }
}

impl Offer {
    /// Reads `order.sell`, `order.workerpoolorder` or `order.poolorder`.
    fn read(order: &mut Section<'_>, notes: &mut Notes) -> Self {
        let mut offer = Self::default();
        let Some(field) = order.take(&["sell", "workerpoolorder", "poolorder"], notes) else {
            return offer;
        };
        let Some(mut section) = Section::of(&field, notes) else {
            return offer;
        };
        let price = section.take(&["value", "workerpoolprice", "poolprice"], notes);
        offer.price = price.and_then(|field| field.nrlc(notes));
        let nothing = "an order for no task at all offers nothing";
        offer.volume = above(section.take(&["volume"], notes), 0, nothing, notes);
        if field.name.ends_with("sell") {
            let category = section.take(&["category"], notes);
            let help = "categories have numbers, in 2018 from 1";
            offer.category = category.and_then(|field| field.digits(help, notes));
        }
        section.ignore(&["category"], "the pool here serves every category", notes);
        section.ignore(&["trust"], "the pool here serves every trust", notes);
        section.ignore(&["tag"], TAG, notes);
        section.ignore(&["workerPool", "workerpool", "pool"], ADDRESS, notes);
        restrictions(&mut section, notes);
        section.close(UNKNOWN, notes);
        offer
    }
}

/// How an owner's order is called in different years.
struct SupplyNames {
    order: [&'static str; 2],
    price: [&'static str; 2],
    address: [&'static str; 2],
}

const APP_SUPPLY: SupplyNames = SupplyNames {
    order: ["apporder", "dapporder"],
    price: ["appprice", "dappprice"],
    address: ["app", "dapp"],
};

const DATASET_SUPPLY: SupplyNames = SupplyNames {
    order: ["datasetorder", "dataorder"],
    price: ["datasetprice", "dataprice"],
    address: ["dataset", "data"],
};

impl Supply {
    fn read(order: &mut Section<'_>, names: &SupplyNames, notes: &mut Notes) -> Self {
        let mut supply = Self::default();
        let Some(mut section) = order.section(&names.order, notes) else {
            return supply;
        };
        let price = section.take(&names.price, notes);
        supply.price = price.and_then(|field| field.nrlc(notes));
        let nothing = "an order for no task at all offers nothing";
        supply.volume = above(section.take(&["volume"], notes), 0, nothing, notes);
        section.ignore(&names.address, ADDRESS, notes);
        section.ignore(&["tag"], TAG, notes);
        restrictions(&mut section, notes);
        section.close(UNKNOWN, notes);
        supply
    }
}

/// Whom an order is meant for, in every spelling, and who signed it.
fn restrictions(section: &mut Section<'_>, notes: &mut Notes) {
    let names = [
        "apprestrict",
        "dapprestrict",
        "datasetrestrict",
        "datarestrict",
        "workerpoolrestrict",
        "poolrestrict",
        "requesterrestrict",
        "userrestrict",
    ];
    section.ignore(&names, RESTRICT, notes);
    section.ignore(&["salt", "sign"], SIGNED, notes);
}

/// Reads a whole number that says something only above `least`; else `reason` is noted.
fn above(
    field: Option<Field<'_>>,
    least: u64,
    reason: &str,
    notes: &mut Notes,
) -> Option<Read<u64>> {
    let field = field?;
    let read = field.whole(notes)?;
    if read.value <= least {
        field.ignore(reason, notes);
        return None;
    }
    Some(read)
}
