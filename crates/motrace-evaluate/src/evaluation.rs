use crate::material::{Material, prepare};
use crate::plan::{Plan, Planned, plan};
use crate::recording_input::{RecordingInput, Tapes};
use crate::results::JobResult;
use crate::settings::Settings;
use crate::{EvaluateError, job};
use motrace_engine::Preparation;
use std::collections::VecDeque;
use std::num::NonZero;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

/// An evaluation that is planned.
pub struct Evaluation {
    inputs: Vec<RecordingInput>,
    preparation: Preparation,
    settings: Settings,
    planned: Planned,
}

/// What running an evaluation gave.
#[derive(Debug)]
pub struct Outcome {
    /// What the jobs found, in the order of the plan.
    pub results: Vec<JobResult>,
    /// Jobs that cannot be done, by their places in the plan, and why: networks that do not learn. Everything else that goes
    /// wrong ends the evaluation.
    pub failed: Vec<(usize, EvaluateError)>,
    /// Whether it was asked to stop before all was done.
    pub is_interrupted: bool,
}

/// How far an evaluation has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step {
    /// Jobs that are done.
    pub done: usize,
    /// Of how many that are to be done in this run.
    pub of: usize,
}

impl Evaluation {
    /// Plans what is to be done. The preparation says which channels are decoded, how, and which markers are cues; its rate
    /// is that of each subject's first recording.
    ///
    /// # Errors
    /// What makes it impossible, as far as that can be told without the samples.
    pub fn new(
        inputs: Vec<RecordingInput>,
        preparation: Preparation,
        settings: Settings,
    ) -> Result<Self, EvaluateError> {
        let network = settings.decoders.iter().find(|decoder| decoder.kind.is_network());
        if let Some(network) = network {
            if !settings.networks.contains_key(&network.kind) {
                return Err(EvaluateError::Nothing(format!("{network} has no recipe")));
            }
            if settings.training.permutation_seed.is_some() {
                return Err(EvaluateError::Nothing(format!(
                    "labels cannot be permuted for {network}: networks read them from the recordings; leave it out"
                )));
            }
        }
        let planned = plan(&inputs, &preparation, &settings)?;
        Ok(Self { inputs, preparation, settings, planned })
    }

    /// The plan.
    #[must_use]
    pub fn plan(&self) -> &Plan {
        &self.planned.plan
    }

    /// Does some jobs of the plan, by their places in it, on so many threads (0 for one per core), until all are done or
    /// `stop` is true. Each result is given to `keep` as soon as it is there, one at a time; `on` hears how far it is.
    ///
    /// # Errors
    /// The first thing that goes wrong; what was kept by then stays.
    pub fn run(
        &self,
        jobs: &[usize],
        threads: usize,
        stop: &AtomicBool,
        tapes: &dyn Tapes,
        keep: &(dyn Fn(&JobResult) -> Result<(), EvaluateError> + Sync),
        on: &(dyn Fn(Step) + Sync),
    ) -> Result<Outcome, EvaluateError> {
        let threads = match threads {
            0 => thread::available_parallelism().map_or(1, NonZero::get),
            threads => threads,
        };
        let mut units: VecDeque<(usize, Vec<usize>)> = VecDeque::new();
        for &job in jobs.iter().filter(|&&job| job < self.planned.plan.jobs.len()) {
            let unit = self.planned.assignments[job].unit;
            match units.iter_mut().find(|(known, _)| *known == unit) {
                Some((_, own)) => own.push(job),
                None => units.push_back((unit, vec![job])),
            }
        }
        let of = units.iter().map(|(_, jobs)| jobs.len()).sum();
        let work = Work {
            evaluation: self,
            tapes,
            stop,
            keep,
            on,
            of,
            state: Mutex::new(State {
                units,
                ready: VecDeque::new(),
                preparing: 0,
                failure: None,
                results: Vec::new(),
                failed: Vec::new(),
            }),
            changed: Condvar::new(),
        };
        on(Step { done: 0, of });
        thread::scope(|scope| {
            for _ in 1..threads.min(of.max(1)) {
                scope.spawn(|| work.turn());
            }
            work.turn();
        });
        let state = work.state.into_inner().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, error)) = state.failure {
            return Err(error);
        }
        let mut results = state.results;
        results.sort_by_key(|(job, _)| *job);
        let results: Vec<JobResult> = results.into_iter().map(|(_, result)| result).collect();
        let mut failed = state.failed;
        failed.sort_by_key(|(job, _)| *job);
        Ok(Outcome { is_interrupted: results.len() + failed.len() < of, results, failed })
    }
}

/// What the threads share.
struct Work<'a> {
    evaluation: &'a Evaluation,
    tapes: &'a dyn Tapes,
    stop: &'a AtomicBool,
    keep: &'a (dyn Fn(&JobResult) -> Result<(), EvaluateError> + Sync),
    on: &'a (dyn Fn(Step) + Sync),
    of: usize,
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    /// Whose recordings are still to be read, with their jobs.
    units: VecDeque<(usize, Vec<usize>)>,
    /// What can be done at once.
    ready: VecDeque<(Arc<Material>, usize)>,
    /// How many threads are preparing a unit.
    preparing: usize,
    /// The failure of the earliest place in the plan, so that it is the same whichever thread met one first.
    failure: Option<(usize, EvaluateError)>,
    results: Vec<(usize, JobResult)>,
    failed: Vec<(usize, EvaluateError)>,
}

enum Next {
    Prepare(usize, Vec<usize>),
    Do(Arc<Material>, usize),
    Nothing,
}

impl Work<'_> {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What one thread does. Jobs come before the next subject, so that no more subjects are in memory than threads.
    fn turn(&self) {
        loop {
            match self.next() {
                Next::Nothing => return,
                Next::Prepare(unit, jobs) => self.prepare(unit, jobs),
                Next::Do(material, job) => self.work(&material, job),
            }
        }
    }

    fn next(&self) -> Next {
        let mut state = self.lock();
        loop {
            if self.stop.load(Ordering::SeqCst) || state.failure.is_some() {
                self.changed.notify_all();
                return Next::Nothing;
            }
            if let Some((material, job)) = state.ready.pop_front() {
                return Next::Do(material, job);
            }
            if let Some((unit, jobs)) = state.units.pop_front() {
                state.preparing += 1;
                return Next::Prepare(unit, jobs);
            }
            if state.preparing == 0 {
                return Next::Nothing;
            }
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn prepare(&self, unit: usize, jobs: Vec<usize>) {
        let Evaluation { inputs, preparation, settings, planned } = self.evaluation;
        let prepared = prepare(&planned.units[unit], inputs, preparation, settings, self.tapes);
        let mut state = self.lock();
        state.preparing -= 1;
        match prepared {
            Ok(material) => {
                let material = Arc::new(material);
                state.ready.extend(jobs.into_iter().map(|job| (Arc::clone(&material), job)));
            }
            Err(error) => fail(&mut state, jobs.first().copied().unwrap_or(0), error),
        }
        drop(state);
        self.changed.notify_all();
    }

    fn work(&self, material: &Material, place: usize) {
        let Evaluation { settings, planned, .. } = self.evaluation;
        let planned_job = &planned.plan.jobs[place];
        let subject = planned.assignments[place].subject;
        let result = job::run(&planned_job.job, &planned_job.key, subject, material, settings, self.stop);
        let mut state = self.lock();
        let kept = |result: JobResult| (self.keep)(&result).map(|()| result);
        match result.and_then(|result| result.map(kept).transpose()) {
            Ok(None) => {}
            Ok(Some(result)) => {
                state.results.push((place, result));
                (self.on)(Step { done: state.results.len() + state.failed.len(), of: self.of });
            }
            Err(error @ EvaluateError::Network { .. }) => {
                state.failed.push((place, error));
                (self.on)(Step { done: state.results.len() + state.failed.len(), of: self.of });
            }
            Err(error) => {
                fail(&mut state, place, error);
                self.changed.notify_all();
            }
        }
    }
}

fn fail(state: &mut State, place: usize, error: EvaluateError) {
    if state.failure.as_ref().is_none_or(|(known, _)| place < *known) {
        state.failure = Some((place, error));
    }
}
