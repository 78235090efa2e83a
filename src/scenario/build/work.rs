//! Apps, datasets and tasks. Rule: what is fetched from outside is fetched here, once, and what
//! cannot be had is told before the run.

use std::{collections::BTreeMap, str::FromStr, sync::Arc};

use alloy_primitives::B256;

use super::{
    Builder, account, app_owner, arrival, dataset_owner, docker::confinement, group_of, members,
};
use crate::{
    executor::{
        self, Builtin, Contract, Files, Image, Wasm,
        inputs::{Fetched, Unzip, lay_out},
    },
    protocol::Name,
    scenario::model::{
        App, Dataset, DigestRule, Era, Hex, IMAGE_VARIABLE, Mock, OnError, Program, Randomness,
        Task,
    },
    time::Timestamp,
    world::cast::{AppCast, ContractRef, DatasetCast, TaskCast},
};

/// Whether a file begins as a module does, in binary or in text.
fn is_module(content: &[u8]) -> bool {
    let text = std::str::from_utf8(content).map(str::trim_start);
    content.starts_with(b"\0asm") || text.is_ok_and(|text| text.starts_with(['(', ';']))
}

impl Builder<'_> {
    pub(super) fn apps(&mut self) -> Vec<AppCast> {
        let apps = self.scenario.app.iter();
        apps.filter_map(|(name, app)| self.app(name, app)).collect()
    }

    fn app(&mut self, name: &Name, app: &App) -> Option<AppCast> {
        let Some(written) = app.program() else {
            let span = self.span(&["app", name, "from"]);
            let message = "an app can be taken from a project file by a scenario file only";
            let help = "say what it runs: `run = { image = \"user/app:1.0\" }`";
            self.refuse(span, message, help);
            return None;
        };
        let multiaddr = match &written {
            Program::Image(reference) => reference.clone(),
            Program::Wasm { file, .. } => file.clone(),
            Program::Builtin(_) | Program::Mock(_) => name.to_string(),
        };
        let program = self.program(name, written, app)?;
        let mut env: BTreeMap<String, String> = app
            .variables()
            .filter(|(variable, _)| *variable != IMAGE_VARIABLE)
            .map(|(variable, value)| (variable.to_owned(), value.to_owned()))
            .collect();
        env.extend(
            app.env
                .iter()
                .map(|(key, value)| (key.clone(), value.clone())),
        );
        let mut cast = AppCast::new(name.clone(), app_owner(app.owner.as_ref()), program);
        if let Some(duration) = app.duration {
            cast.duration = super::people::spread(duration);
        }
        if let Some(volume) = app.volume {
            cast.volume = volume;
        }
        Some(AppCast {
            price: app.price,
            tag: self.tag(&app.tag),
            env,
            contract: contract(app),
            digest: match app.digest {
                DigestRule::FileOrTree => executor::DigestRule::FileOrTree,
                DigestRule::Strict => executor::DigestRule::Strict,
                DigestRule::Zip2018 => executor::DigestRule::Zip2018,
            },
            on_error: match app.on_error {
                None => executor::OnError::AsContract,
                Some(OnError::Contribute) => executor::OnError::Contribute,
                Some(OnError::Abstain) => executor::OnError::Abstain,
            },
            multiaddr,
            dataset: app.dataset.clone(),
            pool: app.pool.clone(),
            ..cast
        })
    }

    fn program(&mut self, name: &Name, program: Program, app: &App) -> Option<executor::Program> {
        Some(match program {
            Program::Builtin(builtin) => {
                executor::Program::Builtin(Builtin::from_str(&builtin).ok()?)
            }
            Program::Wasm { file, random } => {
                let module = self.fetch(&file, None, &["app", name, "run", "wasm"])?;
                if !is_module(&module.content) {
                    let span = self.span(&["app", name, "run", "wasm"]);
                    let message = format!("`{file}` is no WebAssembly module");
                    let help = "name what the compiler left for the target wasm32-wasip1";
                    self.refuse(span, message, help);
                    return None;
                }
                let random = match random {
                    Randomness::Task => executor::Randomness::Task,
                    Randomness::Worker => executor::Randomness::Worker,
                    Randomness::Denied => executor::Randomness::Denied,
                };
                executor::Program::Wasm(Wasm::new(module.content.clone(), random))
            }
            Program::Image(reference) => executor::Program::Image(Image {
                confinement: confinement(&app.container),
                ..Image::new(reference)
            }),
            Program::Mock(mock) => executor::Program::Mock(Arc::new(mock_of(mock))),
        })
    }

    /// Fetches something from outside; none after a complaint.
    pub(super) fn fetch(
        &mut self,
        uri: &str,
        offline: Option<&str>,
        path: &[&str],
    ) -> Option<Arc<Fetched>> {
        match self.inputs.fetch(uri, offline) {
            Ok(fetched) => Some(fetched),
            Err(error) => {
                let span = self.span(path);
                let message = error.to_string();
                let help = match offline.filter(|file| !message.contains(file)) {
                    Some(file) => format!("with --offline {file} is taken in its place"),
                    None if uri.contains("://") => {
                        "`offline` names a file that is taken in its place with --offline"
                            .to_owned()
                    }
                    None => "files are looked for beside the scenario".to_owned(),
                };
                self.refuse(span, message, help);
                None
            }
        }
    }

    pub(super) fn datasets(&mut self) -> Vec<DatasetCast> {
        let datasets = self.scenario.dataset.iter();
        datasets
            .filter_map(|(name, dataset)| self.dataset(name, dataset))
            .collect()
    }

    fn dataset(&mut self, name: &Name, dataset: &Dataset) -> Option<DatasetCast> {
        let (key, uri) = match (&dataset.file, &dataset.url) {
            (Some(file), _) => ("file", file),
            (None, url) => ("url", url.as_ref()?),
        };
        let path = ["dataset", name, key];
        let fetched = self.fetch(uri, dataset.offline.as_deref(), &path)?;
        let span = self.span(&path);
        if let Some(checksum) = &dataset.checksum
            && let Err(error) = fetched.verify(digest(checksum).unwrap_or_default())
        {
            self.refuse(
                span,
                error.to_string(),
                "the checksum is the SHA-256 of the file",
            );
        }
        let mut files = Files::new();
        if let Err(error) = files.insert(&fetched.name, fetched.content.clone()) {
            self.refuse(span, error.to_string(), "give the file a plain name");
        }
        let cast = DatasetCast::new(name.clone(), dataset_owner(dataset.owner.as_ref()), files);
        Some(DatasetCast {
            price: dataset.price,
            volume: dataset.volume.unwrap_or(cast.volume),
            multiaddr: uri.clone(),
            checksum: fetched.sha256,
            app: dataset.app.clone(),
            ..cast
        })
    }

    /// The tasks asked for from the start, in the order in which they arrive.
    pub(super) fn tasks(&mut self) -> Vec<TaskCast> {
        let own = &self.scenario.task;
        let submitted = self.submitted();
        let mut tasks = Vec::new();
        for (name, task) in own {
            let count = |bag: &str| own.get(bag).and_then(|bag| bag.count);
            if group_of(name, count).is_none() && !submitted.contains(name) {
                tasks.extend(self.bag(name, task));
            }
        }
        tasks.sort_by_key(|task| task.at);
        tasks
    }

    /// The tasks that wait for an entry of the timeline.
    fn submitted(&self) -> Vec<Name> {
        let submits = self.scenario.at.iter().filter_map(|at| at.submit.as_ref());
        submits.flatten().map(super::bare).collect()
    }

    /// All tasks of a bag.
    pub(super) fn bag(&mut self, bag: &Name, task: &Task) -> Vec<TaskCast> {
        let names = members(bag, task.count);
        let start = Timestamp::START + task.at;
        let mut stream = self.seed.stream(&format!("arrival.{bag}"));
        let moments = arrival::moments(task.arrival, names.len(), start, &mut stream);
        let mut common: Option<TaskCast> = None;
        let mut tasks = Vec::new();
        for (name, at) in names.iter().zip(moments) {
            let own = self.scenario.task.get(name).filter(|_| name != bag);
            let cast = match (own, &common) {
                (Some(own), _) => self.task(name, own),
                (None, Some(common)) => common.clone(),
                (None, None) => {
                    let made = self.task(bag, task);
                    common = Some(made.clone());
                    made
                }
            };
            tasks.push(TaskCast {
                name: name.clone(),
                group: bag.clone(),
                at,
                ..cast
            });
        }
        tasks
    }

    fn task(&mut self, name: &Name, task: &Task) -> TaskCast {
        let app = self.scenario.app.get(&task.app);
        let contract = app.map_or(Contract::V2, contract);
        let (inputs, input_uris) = self.inputs_of(name, task, contract).unwrap_or_default();
        let cast = TaskCast::new(name.clone(), account(&task.by), task.app.clone());
        TaskCast {
            dataset: task.dataset.clone(),
            args: task.command_line().to_owned(),
            inputs,
            input_uris,
            category: self.category(&task.category),
            trust: task.trust(),
            max_price: task.max_price.unwrap_or(cast.max_price),
            pool: task.pool.clone(),
            tag: self.tag(&task.tag),
            callback: self.callback(name, task),
            ..cast
        }
    }

    /// What lies in a task's input folder besides the dataset, and where it comes from.
    fn inputs_of(
        &mut self,
        name: &Name,
        task: &Task,
        contract: Contract,
    ) -> Option<(Files, Vec<String>)> {
        let path = ["task", name, "dirinuri"];
        let mut inputs = Vec::new();
        for (index, uri) in task.dirinuri.iter().enumerate() {
            let offline = task.offline.get(index).map(String::as_str);
            inputs.push(self.fetch(uri, offline, &path)?);
        }
        let span = self.span(&path);
        let files = match lay_out(contract, &inputs, None, Unzip::Auto) {
            Ok(laid) => laid.files,
            Err(error) => {
                self.refuse(span, error.to_string(), "nothing of it was unpacked");
                return None;
            }
        };
        let dataset = task.dataset.as_ref().filter(|_| contract == Contract::V2);
        if let Some(dataset) = dataset.and_then(|name| self.scenario.dataset.get(name))
            && let Some(uri) = dataset.file.as_ref().or(dataset.url.as_ref())
            && let Ok(lies) = self.inputs.fetch(uri, dataset.offline.as_deref())
            && files.get(&lies.name).is_some()
        {
            let wrong = format!("the dataset is called {:?} as well", lies.name);
            self.refuse(span, wrong, "rename one of them: both lie in /iexec");
        }
        let uris = inputs.iter().map(|input| input.uri.clone()).collect();
        Some((files, uris))
    }

    fn callback(&mut self, name: &Name, task: &Task) -> Option<ContractRef> {
        let path = ["task", name, "callback"];
        self.contract_ref(task.callback.as_deref()?, &path)
    }
}

fn contract(app: &App) -> Contract {
    match app.era {
        None | Some(Era::Classic) => Contract::V2,
        Some(Era::Modern) => Contract::V5,
    }
}

/// Returns 32 bytes as a digest; none when there are more or fewer.
fn digest(bytes: &Hex) -> Option<B256> {
    B256::try_from(bytes.0.as_ref()).ok()
}

fn mock_of(mock: Mock) -> executor::Mock {
    executor::Mock {
        output: mock.output,
        files: mock
            .files
            .into_iter()
            .map(|(path, text)| (path, text.into_bytes().into()))
            .collect(),
        callback: mock.callback.map(|data| data.0),
        digest: mock.digest.as_ref().and_then(digest),
        exit: i32::try_from(mock.exit).unwrap_or(i32::MAX),
    }
}
