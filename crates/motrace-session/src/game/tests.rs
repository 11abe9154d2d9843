use super::*;
use crate::order::share;
use proptest::prelude::*;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

fn plan(kind: FeedbackKind) -> FeedbackPlan {
    FeedbackPlan { kind, ..FeedbackPlan::default() }
}

fn game(kind: FeedbackKind, target: Side) -> Game {
    let landing = if target == Side::Left { 0.15 } else { 0.85 };
    Game::new(&plan(kind), target, Symbol::Rest, Ball { start: 0.5, landing }, 0.0, None)
}

/// Plays a constant value at 25 Hz.
fn played(kind: FeedbackKind, target: Side, value: f64) -> (f64, Outcome) {
    let mut game = game(kind, target);
    for step in 0.. {
        let now = f64::from(step) * 0.04;
        if let Some(decided) = game.decided(now) {
            return decided;
        }
        game.control(value, now);
    }
    unreachable!()
}

#[test]
fn a_class_mean_reaches_the_cursors_target_when_the_equation_says() {
    let (at, outcome) = played(FeedbackKind::Cursor, Side::Right, 1.0);
    assert_eq!(outcome, Outcome::Hit);
    assert!((at - (2.0f64.ln() + 1.0)).abs() < 1e-9, "{at}");
    let (at, outcome) = played(FeedbackKind::Cursor, Side::Right, -1.0);
    assert_eq!(outcome, Outcome::Miss);
    assert!((at - (2.0f64.ln() + 1.0)).abs() < 1e-9, "{at}");
}

#[test]
fn a_weak_value_reaches_nothing() {
    assert_eq!(played(FeedbackKind::Cursor, Side::Right, 0.4), (3.0, Outcome::Timeout));
    assert_eq!(played(FeedbackKind::Bar, Side::Right, 0.4), (3.0, Outcome::Hit));
    assert_eq!(played(FeedbackKind::Bar, Side::Left, 0.4), (3.0, Outcome::Miss));
    assert_eq!(played(FeedbackKind::Bar, Side::Left, 0.0), (3.0, Outcome::Timeout));
    assert_eq!(played(FeedbackKind::Pong, Side::Left, 0.0), (2.7, Outcome::Miss));
}

#[test]
fn leaving_the_target_begins_the_dwelling_anew() {
    let mut game = game(FeedbackKind::Cursor, Side::Right);
    // On the target from 0.69 s on; away from 0.9 s on, and back.
    let value_at = |now: f64| if (0.9..1.05).contains(&now) { -1.0 } else { 1.0 };
    let mut decided = None;
    let (mut left, mut back) = (0.0, 0.0);
    let mut was_on = false;
    for step in 0..3000 {
        let now = f64::from(step) * 0.001;
        let Scene::Cursor { position, .. } = game.scene(now) else { panic!("no cursor") };
        let on = position >= CURSOR_EDGE;
        if was_on && !on {
            left = now;
        }
        if !was_on && on {
            back = now;
        }
        was_on = on;
        decided = game.decided(now);
        if decided.is_some() {
            break;
        }
        if step % 40 == 0 {
            game.control(value_at(now), now);
        }
    }
    assert!(left > 0.9 && back > left, "left at {left}, back at {back}");
    let (at, outcome) = decided.expect("it stays on the target");
    assert_eq!(outcome, Outcome::Hit);
    assert!((at - (back + 1.0)).abs() < 0.0015, "decided at {at}, back at {back}");
}

#[test]
fn nothing_is_dwelt_while_no_decision_comes() {
    let mut game = game(FeedbackKind::Cursor, Side::Right);
    for step in 0..25 {
        game.control(1.0, f64::from(step) * 0.04);
    }
    assert!(game.is_stalled(1.6) && !game.is_stalled(1.4));
    assert_eq!(game.decided(3.0), Some((3.0, Outcome::Timeout)));
    assert!((game.stalled_secs(3.0) - (3.0 - 0.96 - 0.5)).abs() < 1e-9);
}

#[test]
fn one_wild_value_is_limited() {
    let mut game = game(FeedbackKind::Bar, Side::Left);
    game.control(1e300, 0.0);
    game.control(-1.0, 0.04);
    let Scene::Bar { value, .. } = game.scene(0.04) else { panic!("no bar") };
    assert!((value - VALUE_LIMIT * -(-0.04f64).exp_m1()).abs() < 1e-12);
}

#[test]
fn the_idle_threshold_stops_small_values() {
    let plan = FeedbackPlan { idle_threshold: 0.3, ..plan(FeedbackKind::Bar) };
    let mut game = Game::new(&plan, Side::Left, Symbol::Rest, Ball { start: 0.5, landing: 0.1 }, 0.0, None);
    for step in 0..75 {
        game.control(-0.29, f64::from(step) * 0.04);
    }
    assert_eq!(game.decided(3.0), Some((3.0, Outcome::Timeout)));
}

#[test]
fn the_bar_of_pong_is_where_its_gain_says() {
    assert!((pong_gain(&plan(FeedbackKind::Pong)) - 0.7 / (0.6 * (1.0 - (-1.7f64).exp()))).abs() < 1e-12);
    assert_eq!(pong::bar_centre(0.0, 1.4, 0.3), 0.5);
    assert_eq!(pong::bar_centre(9.0, 1.4, 0.3), 0.85);
    assert_eq!(pong::bar_centre(-9.0, 1.4, 0.3), 0.15);
}

proptest! {
    #[test]
    fn balls_land_where_only_their_side_reaches_them(width in 0.05f64..0.9, seed: u64, right: bool) {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let side = Side::of_class(usize::from(right));
        let landing = Ball::landing(side, width, &mut rng);
        let under = |value| (landing - pong::bar_centre(value, 1.0, width)).abs() <= width / 2.0;
        let to = if right { 1.0 } else { -1.0 };
        prop_assert!((0.0..=1.0).contains(&landing));
        prop_assert!(under(to), "{landing} {width}");
        prop_assert!(!under(0.0) && !under(-to), "{landing} {width}");
    }

    // A cursor looked at each millisecond, with the clock running by hand. Values come at whole milliseconds and between them
    // its path is monotone, so a target that it leaves or reaches for a moment only is seen.
    #[test]
    fn the_dwell_time_is_that_of_a_slow_clock(seed: u64, tau in 0.0f64..1.5, dwell in 0.0f64..1.5) {
        let plan = FeedbackPlan { smoothing_secs: tau, dwell_secs: dwell, ..plan(FeedbackKind::Cursor) };
        let ball = Ball { start: 0.5, landing: 0.5 };
        let mut game = Game::new(&plan, Side::Right, Symbol::Rest, ball, 0.0, None);
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let (mut on, mut since, mut slow) = (None, 0.0, None);
        let mut next = 0.0;
        let mut drift = 0.0;
        for step in 0..=3000 {
            let now = f64::from(step) * 0.001;
            let Scene::Cursor { position, .. } = game.scene(now) else { panic!("no cursor") };
            let side = (position.abs() >= CURSOR_EDGE).then_some(position > 0.0);
            if side != on {
                (on, since) = (side, now);
            }
            if slow.is_none() && side.is_some() && now - since >= dwell {
                slow = Some(now);
            }
            if let Some((at, outcome)) = game.decided(now) {
                if outcome != Outcome::Timeout {
                    prop_assert!(dwell < 0.005 || (side.is_some() && now - since >= dwell - 0.005), "{since} {at} {now}");
                    prop_assert!(at <= now && now - at < 0.01);
                }
                break;
            }
            prop_assert!(slow.is_none_or(|slow| now - slow < 0.01), "decided by the slow clock at {slow:?}, now {now}");
            if now >= next {
                drift = 0.8 * drift + 1.5 * (share(&mut rng) - 0.45);
                game.control(drift, now);
                next = now + 0.02 + 0.3 * share(&mut rng);
            }
        }
    }
}
