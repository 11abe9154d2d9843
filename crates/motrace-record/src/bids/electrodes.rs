use super::sidecar::Sidecars;
use crate::{RecordError, Recording};
use motrace_core::{canonical_label, clean_text};

/// Takes over the positions of `electrodes.tsv`, as far as `coordsystem.json` says how they lie. They stay in its units.
pub(super) fn apply(recording: &mut Recording, sidecars: &Sidecars<'_>) -> Result<(), RecordError> {
    let Some(file) = sidecars.find("electrodes", "tsv")? else { return Ok(()) };
    let shown = file.shown();
    let system = match sidecars.find("coordsystem", "json")? {
        Some(system) => {
            let json: serde_json::Value =
                serde_json::from_str(&system.text).map_err(|e| system.damaged(format!("it is no JSON ({e})")))?;
            json["EEGCoordinateSystem"].as_str().unwrap_or_default().to_owned()
        }
        None => String::new(),
    };
    let Some(axes) = Axes::of(&system) else {
        let system = if system.is_empty() { "none given".into() } else { clean_text(&system, 40) };
        recording.warnings.push(format!(
            "{shown}: its coordinate system ({system}) is not known, so positions follow from the labels"
        ));
        return Ok(());
    };
    let table = file.table(&["name", "x", "y", "z"])?;
    let Some(signal) = recording.streams.iter_mut().find(|s| !s.info.is_text && !s.info.is_irregular()) else {
        return Ok(());
    };
    let mut positions = vec![None; signal.info.channels.len()];
    for (number, row) in table.rows().enumerate() {
        let in_row = |what| file.damaged(format!("electrode {}: {what}", number + 1));
        let [x, y, z] = ["x", "y", "z"].map(|axis| row.number(axis).map_err(in_row));
        let (Some(x), Some(y), Some(z), Some(name)) = (x?, y?, z?, row.text("name")) else { continue };
        let wanted = canonical_label(name);
        if let Some(place) = signal.info.channels.iter().position(|c| canonical_label(&c.label) == wanted) {
            positions[place] = Some(axes.right_front_up([x, y, z]));
        }
    }
    signal.positions = positions;
    file.note_in(recording);
    Ok(())
}

/// Where the axes of a coordinate system point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Axes {
    /// x to the right, y to the front.
    RightFront,
    /// x to the front, y to the left.
    FrontLeft,
}

impl Axes {
    /// Those of a system that BIDS names ("Coordinate systems" in its appendices).
    fn of(system: &str) -> Option<Self> {
        match system {
            "CapTrak" | "ScanRAS" | "NeuromagElektaMEGIN" => Some(Self::RightFront),
            "CTF" | "EEGLAB" => Some(Self::FrontLeft),
            _ if system.starts_with("MNI") => Some(Self::RightFront),
            _ => None,
        }
    }

    fn right_front_up(self, [x, y, z]: [f64; 3]) -> [f64; 3] {
        match self {
            Self::RightFront => [x, y, z],
            Self::FrontLeft => [-y, x, z],
        }
    }
}
