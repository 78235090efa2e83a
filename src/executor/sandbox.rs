//! What a program finds around it: its environment variables.

use std::collections::BTreeMap;

use super::{Contract, Job, Program};

/// Returns the variables a program of `job` sees: the author's and those of the contract, which
/// take precedence.
pub fn environment(job: &Job) -> BTreeMap<String, String> {
    let mut variables = job.env.clone();
    let of_contract = match job.contract {
        Contract::V2 => v2(job),
        Contract::V5 => v5(job),
    };
    variables.extend(of_contract);
    variables
}

fn v2(job: &Job) -> Vec<(String, String)> {
    let mut variables = vec![("XWJOBUID".to_owned(), job.on_chain.task_id.to_string())];
    if let Program::Image(image) = &job.program {
        variables.push(("XWDOCKERIMAGE".into(), image.reference.clone()));
    }
    variables
}

fn v5(job: &Job) -> Vec<(String, String)> {
    let chain = &job.on_chain;
    let count = chain.input_files.len();
    let mut variables: Vec<(String, String)> = [
        ("IEXEC_TASK_ID", chain.task_id.to_string()),
        ("IEXEC_DEAL_ID", chain.deal_id.to_string()),
        ("IEXEC_TASK_INDEX", chain.index.to_string()),
        ("IEXEC_IN", job.contract.input_folder().into()),
        ("IEXEC_OUT", job.contract.output_folder().into()),
        ("IEXEC_BOT_SIZE", chain.bot_size.to_string()),
        ("IEXEC_BOT_FIRST_INDEX", chain.bot_first.to_string()),
        ("IEXEC_BOT_TASK_INDEX", chain.index.to_string()),
        ("IEXEC_INPUT_FILES_NUMBER", count.to_string()),
        // The name it had until 2021.
        ("IEXEC_NB_INPUT_FILES", count.to_string()),
    ]
    .map(|(key, value)| (key.to_owned(), value))
    .into();
    if let Some(dataset) = chain.dataset {
        let address = dataset.to_string().to_lowercase();
        variables.push(("IEXEC_DATASET_ADDRESS".into(), address.clone()));
        variables.push(("IEXEC_DATASET_FILENAME".into(), address));
    }
    if count > 0 {
        let folder = job.contract.input_folder().into();
        variables.push(("IEXEC_INPUT_FILES_FOLDER".into(), folder));
    }
    for (index, name) in chain.input_files.iter().enumerate() {
        let key = format!("IEXEC_INPUT_FILE_NAME_{}", index + 1);
        variables.push((key, name.clone()));
    }
    variables
}
