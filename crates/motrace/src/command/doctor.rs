//! `motrace doctor`

use crate::arguments::DoctorArguments;
use crate::doctor::{self, Report, Verdict};
use crate::failure::Failure;
use crate::output::{self, say};
use crate::{setup, stopping};

/// Says whether this machine is fit for a session.
pub fn run(arguments: &DoctorArguments) -> Result<(), Failure> {
    let config = arguments.config.read()?;
    setup::lsl(&config.lsl)?;
    let stop = stopping::on_request();
    let report = doctor::examine(&config, arguments.seconds, !arguments.json, &stop)?;
    if arguments.json {
        output::json(&report)?;
    } else {
        tell(&report);
    }
    match report.verdict {
        Verdict::Good | Verdict::Careful => Ok(()),
        Verdict::Bad => Err(Failure::failed(&report.summary)),
    }
}

fn tell(report: &Report) {
    for check in &report.checks {
        say(&format!("{:8} {:15} {}", check.verdict.name(), check.about, check.finding));
        if let Some(advice) = &check.advice {
            say(&format!("{:24} → {advice}", ""));
        }
    }
    say("");
    say(&report.summary);
}
