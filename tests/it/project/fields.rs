//! Every field becomes a value with its origin, or is told as unused; none is dropped in silence.

use serde_json::Value;

use super::{corpus, sound};

/// The paths of all fields of `value` that hold no other fields.
fn leaves(path: &str, value: &Value, found: &mut Vec<String>) {
    let fields = value.as_object().filter(|fields| !fields.is_empty());
    let Some(fields) = fields else {
        found.push(path.to_owned());
        return;
    };
    for (key, value) in fields {
        let below = if path.is_empty() {
            key.clone()
        } else {
            format!("{path}.{key}")
        };
        leaves(&below, value, found);
    }
}

#[test]
fn every_field_is_read_or_told_as_unused() {
    let mut looked_at = 0;
    for (name, text) in corpus::FILES {
        // Those that are JSON to the letter are read a second time, by somebody else.
        let Ok(value) = serde_json::from_str::<Value>(text) else {
            continue;
        };
        let project = sound(text);
        let page = project.to_toml();
        let mut fields = Vec::new();
        leaves("", &value, &mut fields);
        for field in fields {
            let read = page.contains(&format!("{field}, line "));
            let packed = page.contains(&format!("{field}."));
            let ignored = project.ignored().iter().any(|one| one.field == field);
            // That the type is DOCKER is what `type` and `image` say.
            let typed = field.ends_with(".type");
            assert!(
                read || packed || ignored || typed,
                "{name}: {field}\n{page}"
            );
            looked_at += 1;
        }
    }
    assert!(looked_at > 100, "{looked_at}");
}

#[test]
fn what_is_not_used_says_where_it_stands_and_why() {
    let (_, everything) = corpus::FILES[10];
    let project = sound(everything);
    let found: Vec<(&str, usize)> = project
        .ignored()
        .iter()
        .map(|one| (one.field.as_str(), one.line))
        .collect();
    assert_eq!(
        found,
        [
            ("license", 2),
            ("author", 2),
            ("logo", 2),
            ("name", 2),
            ("social.website", 3),
            ("social.github", 3),
            ("social.twitter", 3),
            ("default", 4),
            ("chains.kovan.host", 4),
            ("chains.kovan.id", 4),
            ("chains.kovan.hub", 4),
            ("chains.kovan.scheduler", 4),
            ("chains.kovan.server", 4),
            ("app.name", 5),
            ("app.owner", 5),
            ("app.params.neededpackages", 6),
            ("app.params.other", 6),
            ("dataset.params.arg1", 7),
            ("dataset.extra", 7),
            ("workerPool.description", 8),
            ("workerPool.subscriptionLockStakePolicy", 8),
            ("workerPool.subscriptionMinimumStakePolicy", 8),
            ("workerPool.subscriptionMinimumScorePolicy", 9),
            ("category.description", 10),
            ("order.sell.workerPool", 12),
            ("order.buy.app", 13),
            ("order.buy.callback", 13),
            ("order.buy.beneficiary", 13),
            ("order.buy.params.app", 14),
            ("order.buy.params.dataset", 14),
            ("order.unknown.a.b", 15),
        ]
    );
    assert!(project.ignored().iter().all(|one| one.reason.len() > 10));
}
