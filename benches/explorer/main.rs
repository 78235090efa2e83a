//! How fast small worlds are explored: `cargo bench --bench explorer`.
//!
//! One line per world: states, moves between them, seconds, states per second.

#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]

use std::time::Instant;

use emulate::explorer::SmallWorld;

#[expect(clippy::disallowed_methods, reason = "a benchmark measures time")]
fn main() {
    println!("workers liars lies trust     states      moves  seconds   states/s");
    for (workers, liars, lies, trust) in [
        (3, 1, 1, 3),
        (3, 2, 2, 3),
        (4, 1, 1, 5),
        (4, 2, 1, 5),
        (4, 2, 2, 5),
        (4, 4, 2, 9),
    ] {
        let world = SmallWorld {
            workers,
            liars,
            lies,
            trust,
            ..SmallWorld::default()
        };
        let began = Instant::now();
        let explored = world.explore();
        let seconds = began.elapsed().as_secs_f64();
        let figures = explored.figures;
        assert!(explored.is_as_promised());
        println!(
            "{workers:>7} {liars:>5} {lies:>4} {trust:>5} {:>10} {:>10} {seconds:>8.2} {:>10.0}",
            figures.states,
            figures.transitions,
            figures.states as f64 / seconds
        );
    }
}
