//! Quantities without their units: what was meant is shown in both spellings.

use super::broken::{APP, assert_wrong};

#[test]
fn bare_numbers_show_both_spellings() {
    assert_wrong(
        "[time]\nblock = 5\n",
        &["x.toml:2:9: `5` is a duration without its unit (write \"5s\" or \"5m\")"],
    );
    assert_wrong(
        "[pool.main]\nprice = 1\nfee = 2\n",
        &[
            "x.toml:2:9: `1` is an amount of money without its unit (write \"1 RLC\" or \"1 nRLC\")",
            "x.toml:3:7: `2` is a whole share without its unit (write \"2%\" or \"2 %\")",
        ],
    );
    assert_wrong(
        "[pool.main]\nprice = \"1\"\n",
        &["x.toml:2:9: `1` is an amount of money without its unit (write \"1 RLC\" or \"1 nRLC\")"],
    );
    assert_wrong(
        "[vars]\nprice = 3\n[pool.main]\nprice = \"${price}\"\n",
        &["x.toml:4:9: `3` is an amount of money without its unit (write \"3 RLC\" or \"3 nRLC\")"],
    );
    let work = "[app.a]\nrun = { builtin = \"hello\" }\n[task.t]\napp = \"a\"\narrival = ";
    assert_wrong(
        &format!("{work}\"poisson 8\"\n"),
        &[
            "x.toml:5:11: `poisson 8` is an arrival without its unit (write \"every 8s\" or \"poisson 8/s\")",
        ],
    );
    assert_wrong(
        &format!("{work}\"poisson\"\n"),
        &[
            "x.toml:5:11: `poisson` is an arrival without its unit (an arrival is written like \"every 30s\" or \"poisson 30/s\")",
        ],
    );
    assert_wrong(
        "[worker.w]\nspeed = 2\nduration = \"20\"\n",
        &[
            "x.toml:2:9: `2` is a factor without its unit (write \"2x\" or \"2x ± 10%\")",
            "x.toml:3:12: `20` is a duration without its unit (write \"20s\" or \"20s ± 10%\")",
        ],
    );
    assert_wrong(
        &format!("{APP}[[expect]]\ntask.t.latency = \"< 5\"\n"),
        &["x.toml:6:18: `5` has no unit (write \"5s\" or \"5m\")"],
    );
    assert_wrong(
        "[[expect]]\nkitty.locked = 1\nrun.memory = \"2 GIB\"\n",
        &[
            "x.toml:2:16: `1` has no unit; the values are amounts of money (write \"1 RLC\" or \"1 nRLC\")",
            "x.toml:3:14: `GIB` is not a unit of size; there is `B`, `kB`, `MB`, `GB`, `KiB`, `MiB`, `GiB`, `TiB` (write \"3 MiB\" or \"3 kB\")",
        ],
    );
}
