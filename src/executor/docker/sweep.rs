//! What must not stay behind: containers and folders of runs that are over or were killed.

use std::{collections::HashMap, fs, path::Path, time::Duration};

use bollard::{
    Docker,
    errors::Error::{DockerResponseServerError, JsonDataError},
    query_parameters::{ListContainersOptions, RemoveContainerOptions},
};
use futures_util::future::join_all;

use super::{
    owner::{Owner, is_left_folder, label, unix_seconds},
    pull::wait,
};

/// How often an engine is asked again for its containers, and after which time.
const PATIENCE: u32 = 10;
const BREATH: Duration = Duration::from_millis(200);

/// Removes containers whose makers are gone; returns how many.
pub(super) async fn sweep_containers(
    docker: &Docker,
    owner: &Owner,
) -> Result<usize, bollard::errors::Error> {
    let now = unix_seconds();
    let orphans: Vec<String> = listed(docker, &label("pid"))
        .await?
        .into_iter()
        .filter(|(_, labels)| owner.outlived(labels, now))
        .map(|(id, _)| id)
        .collect();
    remove_all(docker, &orphans).await;
    Ok(orphans.len())
}

/// Removes every container of a run.
pub(super) async fn remove_run(docker: &Docker, run: &str) -> Result<(), bollard::errors::Error> {
    let own = listed(docker, &format!("{}={run}", label("run"))).await?;
    let ids: Vec<String> = own.into_iter().map(|(id, _)| id).collect();
    remove_all(docker, &ids).await;
    Ok(())
}

/// Removes a container with its volumes, whatever it does. One that is gone already is fine.
pub(super) async fn remove(docker: &Docker, id: &str) -> Result<(), bollard::errors::Error> {
    for _ in 0..PATIENCE {
        match remove_once(docker, id).await {
            // Podman refuses while the container is between two states. Where somebody else is
            // removing it, it is there until that is done.
            Err(DockerResponseServerError {
                status_code: 409 | 500,
                ..
            }) => wait(BREATH).await,
            other => return other,
        }
    }
    remove_once(docker, id).await
}

async fn remove_once(docker: &Docker, id: &str) -> Result<(), bollard::errors::Error> {
    let options = RemoveContainerOptions {
        force: true,
        v: true,
        ..RemoveContainerOptions::default()
    };
    match docker.remove_container(id, Some(options)).await {
        // It is gone.
        Err(DockerResponseServerError {
            status_code: 404, ..
        }) => Ok(()),
        other => other,
    }
}

/// Removes folders in `base` whose makers are gone.
pub(super) fn sweep_folders(base: &Path) {
    let Ok(entries) = fs::read_dir(base) else {
        return;
    };
    for entry in entries.flatten() {
        if entry.file_name().to_str().is_some_and(is_left_folder) {
            // Another process may be at it too, and what cannot be removed does no harm.
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

/// A container's id and its labels.
type Labelled = (String, HashMap<String, String>);

/// The containers that carry a label, running or not.
async fn listed(docker: &Docker, label: &str) -> Result<Vec<Labelled>, bollard::errors::Error> {
    let all = HashMap::from([("label".to_owned(), vec![label.to_owned()])]);
    for _ in 0..PATIENCE {
        match list(docker, &all).await {
            // A container of Podman's that has just ended is in a state docker has no word for.
            Err(JsonDataError { .. }) => wait(BREATH).await,
            other => return other,
        }
    }
    // Better those whose state has a name than none.
    let states = ["created", "running", "paused"].map(str::to_owned);
    let mut some = all;
    some.insert("status".to_owned(), states.to_vec());
    list(docker, &some).await
}

async fn list(
    docker: &Docker,
    filters: &HashMap<String, Vec<String>>,
) -> Result<Vec<Labelled>, bollard::errors::Error> {
    let options = ListContainersOptions {
        all: true,
        filters: Some(filters.clone()),
        ..ListContainersOptions::default()
    };
    let found = docker.list_containers(Some(options)).await?;
    let named =
        |one: bollard::models::ContainerSummary| Some((one.id?, one.labels.unwrap_or_default()));
    Ok(found.into_iter().filter_map(named).collect())
}

async fn remove_all(docker: &Docker, ids: &[String]) {
    // What cannot be removed now is swept by the next process.
    join_all(ids.iter().map(|id| remove(docker, id))).await;
}
