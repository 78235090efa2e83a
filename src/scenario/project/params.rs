//! The parameters of a request: command line and inputs. Rule: workers read the parameters as JSON
//! when they are JSON, and as the bare command line when they are not; so does this.

use super::{
    notes::{Field, Notes, Read, Section},
    reader::{self, Node, Value},
};
use crate::executor::inputs;

/// Command line and inputs of a request.
#[derive(Clone, Debug, Default)]
pub(super) struct Params {
    pub(super) args: Option<Read<String>>,
    pub(super) inputs: Vec<Read<String>>,
}

impl Params {
    /// Reads the field `params`: an object, an object in a text, or a bare command line.
    pub(super) fn read(field: &Field<'_>, notes: &mut Notes) -> Self {
        let Value::Text(text) = &field.node.value else {
            let Some(mut section) = Section::of(field, notes) else {
                return Self::default();
            };
            let params = Self::take(&mut section, notes);
            let mistake = "it is read from the order, not from its parameters";
            section.ignore(&["app", "dataset"], mistake, notes);
            section.close("workers do not look at it", notes);
            return params;
        };
        let packed = text
            .trim_start()
            .starts_with('{')
            .then(|| reader::read(text));
        match packed {
            Some(Ok(mut node)) => {
                node.place(&field.node.span);
                let unpacked = Field {
                    name: field.name.clone(),
                    key: field.key.clone(),
                    node: &node,
                };
                Self::read(&unpacked, notes)
            }
            Some(Err(_)) | None => Self {
                args: field.filled(notes),
                inputs: Vec::new(),
            },
        }
    }

    /// Takes the parameters out of a section.
    pub(super) fn take(section: &mut Section<'_>, notes: &mut Notes) -> Self {
        let args = section.take(&["cmdline", "iexec_args"], notes);
        let args = args.and_then(|field| field.filled(notes));
        let mut inputs = Vec::new();
        for name in ["dirinuri", "iexec_input_files"] {
            if let Some(field) = section.take(&[name], notes) {
                inputs.extend(uris(&field, notes));
            }
        }
        let storage = [
            "iexec_result_storage_provider",
            "iexec_result_storage_proxy",
        ];
        section.ignore(&storage, "results stay on this machine", notes);
        let encryption = "results are not encrypted";
        section.ignore(&["iexec_result_encryption"], encryption, notes);
        let logger = "what an app prints is kept with its result";
        section.ignore(&["iexec_developer_logger"], logger, notes);
        let secrets = "secrets need an enclave, and enclaves are not emulated";
        section.ignore(
            &[
                "iexec_secrets",
                "iexec_tee_post_compute_image",
                "iexec_tee_post_compute_fingerprint",
            ],
            secrets,
            notes,
        );
        let bulk = "bulk processing of datasets is not emulated";
        section.ignore(&["bulk_cid"], bulk, notes);
        Self { args, inputs }
    }
}

/// Reads one input, or a list of them.
fn uris(field: &Field<'_>, notes: &mut Notes) -> Vec<Read<String>> {
    let Value::List(files) = &field.node.value else {
        return uri(field, notes).into_iter().collect();
    };
    if files.is_empty() {
        field.ignore("it is an empty list", notes);
    }
    let one = |node| Field {
        name: field.name.clone(),
        key: field.key.clone(),
        node,
    };
    files
        .iter()
        .filter_map(|node| uri(&one(node), notes))
        .collect()
}

/// Reads where an input lies.
fn uri(field: &Field<'_>, notes: &mut Notes) -> Option<Read<String>> {
    let read = field.filled(notes)?;
    let trimmed = read.value.trim();
    if let Err(error) = inputs::check(trimmed) {
        let help = "write the http or https address of a file, or a path beside this file";
        notes.refuse(&read.span, error.to_string(), help);
        return None;
    }
    Some(read.with(trimmed.to_owned()))
}

impl Node {
    /// Says that this value and all within it are written at `span`.
    fn place(&mut self, span: &std::ops::Range<usize>) {
        self.span = span.clone();
        match &mut self.value {
            Value::List(items) => items.iter_mut().for_each(|item| item.place(span)),
            Value::Object(members) => {
                for member in members {
                    member.key_span = span.clone();
                    member.node.place(span);
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Text(_) => {}
        }
    }
}
