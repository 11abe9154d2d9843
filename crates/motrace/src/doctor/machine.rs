//! Processors and memory, as far as the operating system tells.

use super::Check;
use serde::Serialize;

/// What the machine has, and how much of it is in use.
#[derive(Debug, Serialize)]
pub struct Machine {
    /// Processors that this program may use.
    pub processors: usize,
    /// Programs that wanted a processor over the last minute, on average; not known on every system.
    pub load: Option<f64>,
    /// Memory that is left.
    pub available_bytes: Option<u64>,
    /// Memory that this program takes.
    pub own_bytes: Option<u64>,
}

/// Looks, and judges.
pub fn look(checks: &mut Vec<Check>) -> Machine {
    let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
    let machine = Machine {
        processors: std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
        load: read("/proc/loadavg").split_whitespace().next().and_then(|text| text.parse().ok()),
        available_bytes: kilobytes(&read("/proc/meminfo"), "MemAvailable:"),
        own_bytes: kilobytes(&read("/proc/self/status"), "VmRSS:"),
    };
    judge(&machine, checks);
    machine
}

/// The value of a line such as `MemAvailable:   123 kB`, in bytes.
fn kilobytes(text: &str, key: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix(key))?;
    line.split_whitespace().next()?.parse::<u64>().ok()?.checked_mul(1024)
}

fn judge(machine: &Machine, checks: &mut Vec<Check>) {
    let count = machine.processors;
    let load = machine.load.map_or_else(|| "load not known".to_owned(), |load| format!("load {load:.2}"));
    let finding = format!("{count} processor{}, {load}", if count == 1 { "" } else { "s" });
    checks.push(if machine.load.is_some_and(|load| load > count as f64) {
        Check::careful(
            "processors",
            finding,
            "other programs want more than there is; close them, or latencies will vary",
        )
    } else if count < 2 {
        Check::careful("processors", finding, "acquisition, decoding and screens share one; do nothing else beside it")
    } else {
        Check::good("processors", finding)
    });
    let mebibytes = |bytes: u64| bytes as f64 / 1024.0 / 1024.0;
    if let Some(available) = machine.available_bytes.map(mebibytes) {
        let own =
            machine.own_bytes.map_or_else(String::new, |own| format!("; the doctor takes {:.0} MiB", mebibytes(own)));
        checks.push(Check::graded(
            "memory",
            -available,
            [-1024.0, -256.0],
            format!("{available:.0} MiB are free{own}"),
            "a session takes less than 300 MiB; close other programs before the system begins to swap",
        ));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Verdict;

    #[test]
    fn lines_of_the_system_are_understood() {
        let text = "MemTotal:  100 kB\nMemAvailable:    2048 kB\n";
        assert_eq!(kilobytes(text, "MemAvailable:"), Some(2 << 20));
        assert_eq!(kilobytes(text, "VmRSS:"), None);
        assert_eq!(kilobytes("VmRSS: a lot", "VmRSS:"), None);
    }

    #[test]
    fn little_memory_and_a_busy_machine_want_care() {
        let verdicts = |machine: Machine| {
            let mut checks = Vec::new();
            judge(&machine, &mut checks);
            checks.iter().map(|c| c.verdict).collect::<Vec<_>>()
        };
        let fine = || Machine { processors: 4, load: Some(0.5), available_bytes: Some(8 << 30), own_bytes: None };
        assert_eq!(verdicts(fine()), [Verdict::Good, Verdict::Good]);
        assert_eq!(verdicts(Machine { load: Some(4.5), ..fine() }), [Verdict::Careful, Verdict::Good]);
        assert_eq!(verdicts(Machine { available_bytes: Some(100 << 20), ..fine() }), [Verdict::Good, Verdict::Bad]);
        assert_eq!(verdicts(Machine { load: None, available_bytes: None, ..fine() }), [Verdict::Good]);
    }
}
