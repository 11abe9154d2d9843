use clap::Args;

/// Which recordings of EEG-BIDS folders are meant; shared by several commands.
#[derive(Debug, Clone, Default, Args)]
pub struct BidsArguments {
    /// Of EEG-BIDS recordings only those of this task (imagery in sub-01_task-imagery_eeg.edf); may be given several times.
    #[arg(long = "task", value_name = "TASK", value_delimiter = ',')]
    pub tasks: Vec<String>,
    /// Of EEG-BIDS recordings only those of this session (2 in sub-01_ses-2_task-imagery_eeg.edf); may be given several times.
    #[arg(long = "session", value_name = "SESSION", value_delimiter = ',')]
    pub sessions: Vec<String>,
}
