use crate::config::Config;
use crate::failure::Failure;
use crate::recordings::Loaded;
use crate::session_file::SessionFile;
use motrace_core::clean_text;
use motrace_engine::{DecisionRecord, Model};
use motrace_record::SessionEvent;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

/// A longer decision log is not read.
const MAX_LOG_BYTES: u64 = 4 << 30;
/// A longer line of it is damage.
const MAX_LINE_BYTES: u64 = 1 << 20;

/// What a session's folder holds.
pub struct Material {
    /// What happened.
    pub session: SessionFile,
    /// The configuration as it was run.
    pub config: Config,
    /// The model.
    pub model: Option<Model>,
    /// The recording, with the stream that was decoded.
    pub loaded: Option<Loaded>,
    /// Decisions at the end of trials.
    pub decided: Vec<DecisionRecord>,
    /// The regular decisions.
    pub sliding: Vec<Sliding>,
    /// What is missing or damaged.
    pub problems: Vec<String>,
}

/// A regular decision, as far as it is needed here.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sliding {
    /// One past the last sample of its window.
    pub end: u64,
    /// The decision's value.
    pub value: f64,
    /// What the calibration model says, while the decoder adapts.
    pub frozen_value: Option<f64>,
    /// Whether there is a reason not to trust it.
    pub is_vetoed: bool,
}

impl Material {
    /// Reads a folder.
    ///
    /// # Errors
    /// Where it is no folder, or holds nothing of a session.
    pub fn read(folder: &Path) -> Result<Self, Failure> {
        let shown = folder.display();
        if !folder.is_dir() {
            return Err(Failure::usage(format_args!("{shown} is no folder; give the folder of a session")));
        }
        let file = |name: &str| folder.join(name);
        let has = |name: &str| file(name).exists();
        if !["session.json", "recording.xdf", "decisions.jsonl"].into_iter().any(has) {
            return Err(Failure::usage(format_args!(
                "{shown} holds no session: neither session.json nor recording.xdf nor decisions.jsonl is there"
            )));
        }
        let mut problems = Vec::new();
        let mut read = |name: &str, what: &str, result: Result<(), String>| {
            if let Err(why) = result {
                problems.push(if has(name) {
                    format!("{name}: {}", clean_text(&why, 300))
                } else {
                    format!("There is no {name}: {what}.")
                });
            }
        };

        let mut material = Self {
            session: SessionFile::default(),
            config: Config::default(),
            model: None,
            loaded: None,
            decided: Vec::new(),
            sliding: Vec::new(),
            problems: Vec::new(),
        };
        let session = SessionFile::read(&file("session.json")).map(|s| material.session = s);
        read("session.json", "runs, outcomes and times of presentation are not known", plain(session));
        let config = Config::read(&file("config.toml")).map(|c| material.config = c);
        read("config.toml", "the stream is described as it describes itself", plain(config));
        let model = Model::load(&file("model.safetensors")).map(|m| material.model = Some(m));
        read("model.safetensors", "nothing was trained, so there is nothing to explain", plain(model));
        let recording = material.open(&file("recording.xdf"));
        read("recording.xdf", "there are no signals to look at", recording);
        let log = material.read_log(&file("decisions.jsonl"));
        read("decisions.jsonl", "the decisions are not known", log);
        material.problems = problems;
        if material.session.name.is_empty() {
            let name = folder.canonicalize().ok().and_then(|f| Some(f.file_name()?.to_string_lossy().into_owned()));
            material.session.name = name.unwrap_or_else(|| "session".to_owned());
        }
        Ok(material)
    }

    fn open(&mut self, path: &Path) -> Result<(), String> {
        // Other streams may have been recorded beside it: the session knows the name of its own.
        let mut config = self.config.clone();
        if let (None, Some(stream)) = (&config.stream.name, &self.session.stream) {
            config.stream.name = Some(stream.name.clone());
        }
        let loaded = Loaded::quietly(path, &config).or_else(|_| Loaded::quietly(path, &self.config));
        self.loaded = Some(loaded.map_err(|e| e.to_string())?);
        Ok(())
    }

    /// What the session wrote beside its signal, in its order.
    pub fn events(&self) -> Vec<SessionEvent> {
        self.loaded.as_ref().map(Loaded::session_events).unwrap_or_default()
    }

    fn read_log(&mut self, path: &Path) -> Result<(), String> {
        let file = std::fs::File::open(path).map_err(|e| e.to_string())?;
        let size = file.metadata().map_err(|e| e.to_string())?.len();
        if size > MAX_LOG_BYTES {
            return Err(format!("{size} bytes are too many"));
        }
        let mut reader = BufReader::new(file);
        let mut line = Vec::new();
        let mut unreadable = 0_usize;
        loop {
            line.clear();
            let read = reader.by_ref().take(MAX_LINE_BYTES).read_until(b'\n', &mut line).map_err(|e| e.to_string())?;
            if read == 0 {
                break;
            }
            match serde_json::from_slice::<DecisionRecord>(&line) {
                Ok(record) if record.kind == "trial" => self.decided.push(record),
                Ok(record) => self.sliding.push(Sliding {
                    end: record.end,
                    value: record.value,
                    frozen_value: record.frozen_value,
                    is_vetoed: !record.veto.is_empty(),
                }),
                Err(_) => unreadable += 1,
            }
        }
        self.sliding.sort_by_key(|s| s.end);
        // The line that a killed session was writing is nothing to speak of.
        if unreadable > 1 { Err(format!("{unreadable} lines cannot be read")) } else { Ok(()) }
    }

    /// The names of the classes.
    pub fn class_names(&self) -> [String; 2] {
        if let [a, b] = self.session.class_names.as_slice() {
            return [a.clone(), b.clone()];
        }
        if let Some(model) = &self.model
            && let [a, b] = model.preparation.class_names().as_slice()
        {
            return [(*a).to_owned(), (*b).to_owned()];
        }
        match self.config.trials.classes.as_slice() {
            [a, b] => [a.name.clone(), b.name.clone()],
            _ => ["class 0".to_owned(), "class 1".to_owned()],
        }
    }

    /// The sampling rate in hertz, as nominal as it is known; 0 where it is not.
    pub fn rate_hz(&self) -> f64 {
        let of_model = self.model.as_ref().map(|m| m.preparation.rate_hz);
        let of_stream = self.loaded.as_ref().map(|l| l.info.rate_hz);
        let noted = self.session.stream.as_ref().map(|s| s.rate_hz);
        of_model.or(of_stream).or(noted).filter(|rate| rate.is_finite() && *rate > 0.0).unwrap_or(0.0)
    }
}

fn plain<E: std::fmt::Display>(result: Result<(), E>) -> Result<(), String> {
    result.map_err(|e| e.to_string())
}
