//! What one run yields: a row.

use std::time::Duration;

use crate::{
    amount::{NRLC_PER_RLC, NrlcChange},
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
        // A float holds every count up to here.
        Operand::Number(number) | Operand::Share(number) => match number.whole() {
            Some(whole) if whole.unsigned_abs() > 1 << f64::MANTISSA_DIGITS => {
                Value::Fraction(number)
            }
            Some(_) | None => Value::Number(number.to_f64()),
        },
        Operand::Money(nrlc) => {
            let whole = nrlc.whole().and_then(|whole| i64::try_from(whole).ok());
            let fraction = || Value::Fraction(nrlc.per(NRLC_PER_RLC));
            whole.map_or_else(fraction, |whole| Value::Money(NrlcChange(whole)))
        }
        Operand::Duration(millis) => {
            let whole = millis.whole().and_then(|whole| u64::try_from(whole).ok());
            let fraction = || Value::Fraction(millis.per(1_000));
            whole.map_or_else(fraction, |whole| {
                Value::Duration(Duration::from_millis(whole))
            })
        }
        Operand::Size(bytes) => {
            let whole = bytes.whole().and_then(|whole| u64::try_from(whole).ok());
            whole.map_or(Value::Fraction(bytes), Value::Size)
        }
        Operand::Flag(yes) => Value::Flag(yes),
        Operand::Text(text) => Value::Text(text),
        Operand::Texts(texts) => Value::Text(texts.join(" ")),
        Operand::Nothing => Value::Nothing,
    }
}
