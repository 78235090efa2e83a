//! What one run yields: a row.

use crate::{
    log::view::Measured,
    report::{
        Standing,
        sweep::{Row, Value},
    },
    scenario::{Finished, Scenario, expect::Operand, judge::value_of, model::Severity},
};

/// Returns the row of a run that is over.
pub fn row(scenario: &Scenario, finished: &Finished, (cell, seed): (usize, u64)) -> Row {
    let log = finished.world.log();
    let measured = Measured::default();
    let values = scenario
        .measure
        .iter()
        .map(|measure| value(value_of(log.view(), &measured, &measure.value)));
    Row {
        cell,
        seed,
        values: values.collect(),
        standing: standing(scenario, finished),
        held: finished.held.clone(),
        digest: log.digest(),
    }
}

/// How the run stands; what may fail now and then by its `rate` fails no run.
fn standing(scenario: &Scenario, finished: &Finished) -> Standing {
    let standing = Standing::of(finished.world.log().view());
    if standing != Standing::Failed {
        return standing;
    }
    let mut fails = scenario.expect.iter().zip(&finished.held);
    let fails = fails.any(|(expect, held)| {
        *held == Some(false) && expect.rate.is_none() && expect.severity == Severity::Error
    });
    if fails {
        Standing::Failed
    } else {
        Standing::Passed
    }
}

fn value(operand: Operand) -> Value {
    match operand {
        Operand::Number(number) | Operand::Share(number) => Value::Number(number),
        Operand::Money(amount) => Value::Money(amount),
        Operand::Duration(span) => Value::Duration(span),
        Operand::Size(bytes) => Value::Size(bytes),
        Operand::Flag(yes) => Value::Flag(yes),
        Operand::Text(text) => Value::Text(text),
        Operand::Texts(texts) => Value::Text(texts.join(" ")),
        Operand::Nothing => Value::Nothing,
    }
}
