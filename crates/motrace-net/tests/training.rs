//! Training: that networks learn, to the same bits however it is computed, and that what cannot be is refused.

#[path = "training/checks.rs"]
mod checks;
#[path = "training/learning.rs"]
mod learning;
#[path = "training/repeats.rs"]
mod repeats;
#[path = "training/simulated.rs"]
mod simulated;
#[path = "training/torch.rs"]
mod torch;
