//! One line per run, for programs: RFC 4180, exact numbers, units in the head.

use std::io::{self, Write};

use super::Sheet;

/// Writes one line per run: the axes, the seed, the measures, how the run ended, and the digest
/// of its log. The same sweep gives the same bytes, whoever ran it and on how many cores.
///
/// # Errors
///
/// When `out` cannot be written.
pub fn write_csv(sheet: &Sheet, out: &mut dyn Write) -> io::Result<()> {
    let mut head: Vec<String> = sheet.axes.iter().map(|axis| axis.name.clone()).collect();
    head.push("seed".to_owned());
    let measures = sheet.measures.iter();
    head.extend(measures.map(|measure| format!("{}{}", measure.name, measure.unit.suffix())));
    head.extend(["status", "digest"].map(str::to_owned));
    write_line(&head, out)?;
    for row in &sheet.rows {
        let Some(cell) = sheet.cells.get(&row.cell) else {
            continue;
        };
        let places = sheet.axes.iter().zip(&cell.place);
        let mut line: Vec<String> = places.map(|(axis, at)| axis.labels[*at].clone()).collect();
        line.push(row.seed.to_string());
        line.extend(row.values.iter().map(super::Value::exact));
        line.push(row.standing.as_str().to_owned());
        line.push(row.digest.to_string());
        write_line(&line, out)?;
    }
    Ok(())
}

fn write_line(fields: &[String], out: &mut dyn Write) -> io::Result<()> {
    let fields: Vec<String> = fields.iter().map(|field| quoted(field)).collect();
    writeln!(out, "{}", fields.join(","))
}

/// Quotes a field if it needs that.
fn quoted(field: &str) -> String {
    if field.contains([',', '"', '\n', '\r']) {
        return format!("\"{}\"", field.replace('"', "\"\""));
    }
    field.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_with_commas_and_quotes_are_quoted() {
        assert_eq!(quoted("corrupted"), "corrupted");
        assert_eq!(quoted("a, b"), "\"a, b\"");
        assert_eq!(quoted("say \"hi\""), "\"say \"\"hi\"\"\"");
    }
}
