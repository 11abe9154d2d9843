//! Where sessions are kept: whether it can be written, how fast, and for how long.

use super::{Check, Spread};
use motrace_core::clean_text;
use serde::Serialize;
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

/// What is written at once, and how often: about what a session writes in ten seconds.
const BLOCK_BYTES: usize = 64 * 1024;
const BLOCKS: usize = 20;

/// What was found about the session folder.
#[derive(Debug, Serialize)]
pub struct Folder {
    /// The folder, or the nearest one above it that exists.
    pub folder: String,
    /// Whether it can be written.
    pub writable: bool,
    /// Room that is left; not known on every system.
    pub free_bytes: Option<u64>,
    /// What a session with the streams on the network would write in an hour.
    pub needed_bytes_per_hour: u64,
    /// Writing 64 KiB and waiting until they are on the disk.
    pub write_and_flush: Option<Spread>,
}

/// Looks, and judges.
pub fn look(wanted: &str, bytes_per_sec: f64, checks: &mut Vec<Check>) -> Folder {
    let folder = existing(Path::new(wanted));
    let shown = clean_text(&folder.display().to_string(), 200);
    let needed = (bytes_per_sec * 3600.0) as u64;
    let written = try_writing(&folder);
    let free_bytes = free_bytes(&folder);
    match &written {
        Ok(flushes) => checks.push(Check::graded(
            "session folder",
            flushes.map_or(f64::NAN, |f| f.max_secs),
            [0.3, 1.0],
            format!(
                "{shown} can be written; 64 KiB are on the disk after {}",
                flushes.map_or_else(|| "an unknown time".to_owned(), |f| f.in_words())
            ),
            "a session that is killed would lose more than a second; choose a local disk, [recording] folder",
        )),
        Err(why) => checks.push(Check::bad(
            "session folder",
            format!("{shown} cannot be written: {}", clean_text(&why.to_string(), 100)),
            "choose another one in the configuration, [recording] folder",
        )),
    }
    match free_bytes {
        Some(free) => {
            let hours = free as f64 / needed.max(1) as f64;
            checks.push(Check::graded(
                "disk space",
                -hours,
                [-4.0, -1.0],
                format!(
                    "{:.1} GB are free there; an hour of the streams takes {:.2} GB",
                    free as f64 / 1e9,
                    needed as f64 / 1e9
                ),
                "make room, or choose another folder in the configuration, [recording] folder",
            ));
        }
        None => checks.push(Check::careful(
            "disk space",
            "the system does not say how much room is left",
            format!("an hour of the streams takes {:.2} GB; see for yourself", needed as f64 / 1e9),
        )),
    }
    Folder {
        folder: shown,
        writable: written.is_ok(),
        free_bytes,
        needed_bytes_per_hour: needed,
        write_and_flush: written.ok().flatten(),
    }
}

/// The folder, or the nearest one above it that exists: the doctor makes none.
fn existing(wanted: &Path) -> PathBuf {
    let found = wanted.ancestors().find(|folder| folder.is_dir() && !folder.as_os_str().is_empty());
    found.map_or_else(|| PathBuf::from("."), Path::to_path_buf)
}

fn try_writing(folder: &Path) -> std::io::Result<Option<Spread>> {
    let path = folder.join(format!(".motrace-doctor-{}", std::process::id()));
    let mut file = File::options().write(true).create_new(true).open(&path)?;
    let block = vec![0x5a_u8; BLOCK_BYTES];
    let timed = (0..BLOCKS)
        .map(|_| {
            let begin = Instant::now();
            file.write_all(&block)?;
            file.sync_data()?;
            Ok(begin.elapsed().as_secs_f64())
        })
        .collect::<std::io::Result<Vec<f64>>>();
    drop(file);
    std::fs::remove_file(&path)?;
    Ok(Spread::of(timed?))
}

/// Room that is left on the file system, by `df` where there is one.
fn free_bytes(folder: &Path) -> Option<u64> {
    let output = Command::new("df").arg("-Pk").arg("--").arg(folder).output().ok()?;
    if output.status.success() { free_by_df(&String::from_utf8_lossy(&output.stdout)) } else { None }
}

/// The fourth number from the left in the last line: POSIX's output of `df -Pk`. A device's name may hold spaces, so
/// it is counted from the percent sign.
fn free_by_df(text: &str) -> Option<u64> {
    let words: Vec<&str> = text.lines().last()?.split_whitespace().collect();
    let percent =
        words.iter().position(|w| w.len() > 1 && w.strip_suffix('%').is_some_and(|n| n.parse::<u32>().is_ok()))?;
    words.get(percent.checked_sub(1)?)?.parse::<u64>().ok()?.checked_mul(1024)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Verdict;

    #[test]
    fn the_room_that_df_tells_is_understood() {
        let text =
            "Filesystem 1024-blocks Used Available Capacity Mounted on\n//a b/c 1000 400 600 40% /mnt/with space\n";
        assert_eq!(free_by_df(text), Some(600 * 1024));
        assert_eq!(free_by_df(""), None);
        assert_eq!(free_by_df("nonsense %"), None);
    }

    #[test]
    fn a_folder_is_tried_without_leaving_anything() {
        let folder = tempfile::tempdir().expect("a folder");
        let wanted = folder.path().join("not/there/yet");
        let mut checks = Vec::new();
        let found = look(wanted.to_str().expect("UTF-8"), 1000.0, &mut checks);
        assert!(found.writable && found.write_and_flush.is_some(), "{found:?}");
        assert_eq!(found.needed_bytes_per_hour, 3_600_000);
        assert_eq!(std::fs::read_dir(folder.path()).expect("readable").count(), 0, "nothing is left behind");

        let mut checks = Vec::new();
        let huge = look(wanted.to_str().expect("UTF-8"), 1e15, &mut checks);
        let space = checks.iter().find(|c| c.about == "disk space").expect("a check");
        assert_eq!(space.verdict, if huge.free_bytes.is_some() { Verdict::Bad } else { Verdict::Careful });
    }
}
