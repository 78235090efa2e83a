//! The JSON Schema of scenario files, for editors. Rule: it follows from the types, nothing is
//! written twice.

use schemars::SchemaGenerator;
use serde_json::Value;

use super::{document::Setting, model::Scenario};

/// Returns the JSON Schema of scenario files.
pub fn json_schema() -> Value {
    let mut schema = Scenario::schema(&mut SchemaGenerator::default());
    schema.insert(
        "$schema".to_owned(),
        "https://json-schema.org/draft/2020-12/schema".into(),
    );
    schema.insert("title".to_owned(), "A scenario of emulate".into());
    schema.to_value()
}
