//! What only a network has: actors and tasks. The methods `emulate_*`, which `emulate ctl` calls.

use serde::Serialize;

use super::Living;
use crate::{
    log::{EndReason, TaskStatus, WorkerState},
    protocol::Name,
    server::rpc::{
        error::{Answer, RpcError, null, reply},
        node::Node,
        number::number,
        params::Params,
    },
    time::Timestamp,
    world::World,
};

/// A network at a glance.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Status {
    title: String,
    seed: u64,
    /// Milliseconds of the run's own time.
    time: Timestamp,
    /// The chain's present, in Unix seconds.
    unix: u64,
    block: u64,
    events: u64,
    tasks: usize,
    open: usize,
    workers: usize,
    up: usize,
    ended: Option<EndReason>,
}

impl Status {
    fn of(world: &World) -> Self {
        let view = world.log().view();
        let open = |status: TaskStatus| !status.is_final();
        let up = |state: WorkerState| match state {
            WorkerState::Idle | WorkerState::Computing => true,
            WorkerState::Paused | WorkerState::Crashed | WorkerState::Left => false,
        };
        Self {
            title: world.cast().title.clone(),
            seed: world.cast().seed.0,
            time: world.now(),
            unix: world.unix(),
            block: world.chain().height(),
            events: world.log().records().len() as u64,
            tasks: view.tasks.len(),
            open: view
                .tasks
                .iter()
                .filter(|(_, task)| open(task.status))
                .count(),
            workers: view.workers.len(),
            up: view
                .workers
                .iter()
                .filter(|(_, worker)| up(worker.state()))
                .count(),
            ended: world.ended(),
        }
    }
}

/// A task at a glance.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct TaskLine {
    name: Name,
    id: Option<alloy_primitives::B256>,
    status: TaskStatus,
    app: Option<Name>,
    requester: Option<Name>,
    results: Option<String>,
    correct: Option<bool>,
}

/// Answers a method of the network's own; none for all others.
pub(super) async fn answer(
    node: &Node,
    living: &Living,
    method: &str,
    mut params: Params,
) -> Option<Answer> {
    Some(match method {
        "emulate_status" => status(node, living, &params).await,
        "emulate_tasks" => tasks(node, living, &params).await,
        "emulate_warp" => warp(node, living, params).await,
        "emulate_crash" => act(node, living, &mut params, World::crash_actor).await,
        "emulate_restart" => act(node, living, &mut params, World::restart_actor).await,
        _ => return None,
    })
}

async fn status(node: &Node, living: &Living, params: &Params) -> Answer {
    params.end()?;
    reply(&living.change(node, |world| Status::of(world)).await?)
}

async fn tasks(node: &Node, living: &Living, params: &Params) -> Answer {
    params.end()?;
    let list = |world: &mut World| {
        let tasks = world
            .log()
            .view()
            .tasks
            .iter()
            .map(|(name, task)| TaskLine {
                name: name.clone(),
                id: task.id,
                status: task.status,
                app: task.app.clone(),
                requester: task.requester.clone(),
                results: task.results.clone(),
                correct: task.correct(),
            });
        tasks.collect::<Vec<_>>()
    };
    reply(&living.change(node, list).await?)
}

async fn warp(node: &Node, living: &Living, mut params: Params) -> Answer {
    let seconds = number(&mut params, "seconds")?;
    params.end()?;
    living.pass(node, seconds).await?;
    null()
}

/// Does something to an actor named by its qualified name.
async fn act(
    node: &Node,
    living: &Living,
    params: &mut Params,
    what: fn(&mut World, &Name) -> bool,
) -> Answer {
    let actor: String = params.next("actor")?;
    params.end()?;
    let name = Name::from(actor.as_str());
    match living.change(node, move |world| what(world, &name)).await? {
        true => null(),
        false => Err(RpcError::invalid_params(format!(
            "there is no actor `{actor}`; write its whole name, like worker.w-0, pool.main or account.alice"
        ))),
    }
}
