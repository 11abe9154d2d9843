use crate::EvaluateError;
use crate::plan::{Plan, PlannedJob};
use crate::results::JobResult;
use serde::de::DeserializeOwned;
use std::collections::HashMap;
use std::io::Write;
use std::path::{Path, PathBuf};

/// The plan's name in a folder.
const PLAN: &str = "evaluation.json";
/// A larger file is no result.
const MOST_BYTES: u64 = 256 << 20;

/// A folder in which each finished job is a small file, whatever process or machine did it.
#[derive(Debug, Clone)]
pub struct ResultsFolder {
    path: PathBuf,
}

/// The results of several folders.
#[derive(Debug)]
pub struct Merged {
    /// What was planned.
    pub plan: Plan,
    /// What the jobs found, in the order of the plan.
    pub results: Vec<JobResult>,
}

impl ResultsFolder {
    /// Opens or makes a folder, and writes the plan into it. Results of other evaluations that are there already stay, and
    /// are not looked at.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn create(path: &Path, plan: &Plan) -> Result<Self, EvaluateError> {
        std::fs::create_dir_all(path).map_err(|e| failed(path, e))?;
        let folder = Self { path: path.to_owned() };
        folder.write(PLAN, plan)?;
        Ok(folder)
    }

    /// What was found for a job already, where that follows from the very same inputs and settings.
    #[must_use]
    pub fn result(&self, planned: &PlannedJob) -> Option<JobResult> {
        let result: JobResult = read(&self.path.join(file_name(planned))).ok()?;
        (result.format == JobResult::FORMAT && result.key == planned.key && result.job == planned.job).then_some(result)
    }

    /// Keeps what a job found.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn keep(&self, result: &JobResult) -> Result<(), EvaluateError> {
        let planned = PlannedJob { key: result.key.clone(), job: result.job.clone() };
        self.write(&file_name(&planned), result)
    }

    /// Writes a file whole or not at all: another process may read at the same time, or this one be ended.
    fn write<T: serde::Serialize>(&self, name: &str, value: &T) -> Result<(), EvaluateError> {
        let path = self.path.join(name);
        let new = self.path.join(format!(".{name}.{}", std::process::id()));
        let written = serde_json::to_vec(value).map_err(std::io::Error::from).and_then(|bytes| {
            let mut file = std::fs::File::create(&new)?;
            file.write_all(&bytes)?;
            file.sync_all()?;
            std::fs::rename(&new, &path)
        });
        written.map_err(|e| {
            let _ = std::fs::remove_file(&new);
            failed(&path, e)
        })
    }
}

/// Adds up the results of folders that shards of one evaluation were kept in.
///
/// # Errors
/// Folders that are none, or of different evaluations; jobs that are not done.
pub fn merge(folders: &[PathBuf]) -> Result<Merged, EvaluateError> {
    let mut merged: Option<(Plan, &Path)> = None;
    for folder in folders {
        let path = folder.join(PLAN);
        let plan: Plan = read(&path).map_err(|why| EvaluateError::Results {
            path: path.display().to_string(),
            why: format!("{why}; folders that `motrace evaluate --results FOLDER` filled can be merged"),
        })?;
        if plan.format != Plan::FORMAT {
            return Err(EvaluateError::Results {
                path: path.display().to_string(),
                why: format!("its form is {}, and this version of motrace reads {}", plan.format, Plan::FORMAT),
            });
        }
        match &merged {
            None => merged = Some((plan, folder)),
            Some((known, first)) if *known != plan => {
                return Err(EvaluateError::Results {
                    path: folder.display().to_string(),
                    why: format!(
                        "it holds another evaluation than {} (other recordings, decoders, protocols or settings), and they are not mixed",
                        first.display()
                    ),
                });
            }
            Some(_) => {}
        }
    }
    let Some((plan, _)) = merged else {
        return Err(EvaluateError::Nothing("no folder is given to merge".into()));
    };
    let mut found: HashMap<&str, JobResult> = HashMap::new();
    for folder in folders {
        let folder = ResultsFolder { path: folder.clone() };
        for planned in &plan.jobs {
            if !found.contains_key(planned.key.as_str())
                && let Some(result) = folder.result(planned)
            {
                found.insert(&planned.key, result);
            }
        }
    }
    let missing: Vec<&PlannedJob> = plan.jobs.iter().filter(|job| !found.contains_key(job.key.as_str())).collect();
    if let Some(first) = missing.first() {
        return Err(EvaluateError::Results {
            path: folders.iter().map(|folder| folder.display().to_string()).collect::<Vec<_>>().join(", "),
            why: format!(
                "{} of {} jobs are not done, the first of them {} of {} by {}, part {}: run the shards that are missing, or the same command without --shard",
                missing.len(),
                plan.jobs.len(),
                first.job.protocol,
                first.job.subject,
                first.job.decoder,
                first.job.part + 1
            ),
        });
    }
    let results = plan.jobs.iter().filter_map(|planned| found.remove(planned.key.as_str())).collect();
    Ok(Merged { plan, results })
}

/// Who reads the folder sees what is done; who reads a file checks its whole key.
fn file_name(planned: &PlannedJob) -> String {
    let job = &planned.job;
    let plain: String = job
        .subject
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() || c == '-' || c == '_' { c } else { '-' })
        .take(40)
        .collect();
    let key: String = planned.key.chars().take(16).collect();
    format!("{plain}.{}.{}.{}.{key}.json", job.protocol.key(), job.decoder, job.part + 1)
}

fn read<T: DeserializeOwned>(path: &Path) -> Result<T, String> {
    let size = std::fs::metadata(path).map_err(|e| e.to_string())?.len();
    if size > MOST_BYTES {
        return Err(format!("it is {size} bytes long; this is no result"));
    }
    serde_json::from_slice(&std::fs::read(path).map_err(|e| e.to_string())?).map_err(|e| e.to_string())
}

fn failed(path: &Path, error: std::io::Error) -> EvaluateError {
    EvaluateError::Results { path: path.display().to_string(), why: error.to_string() }
}
