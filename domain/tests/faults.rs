//! One bad file for each kind of fault: the check finds it in the file as a trainer would hand it in.

#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, reason = "a test ends where an answer is missing")]

use domain::scenario::{Gravity, Scenario, Trouble, check};

#[test]
fn each_kind_of_fault_has_a_file_in_which_it_is_found() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/faults");
    let files = std::fs::read_dir(folder).unwrap().count();
    assert_eq!(files, Trouble::ALL.len(), "one file a kind");
    for trouble in Trouble::ALL {
        let text = std::fs::read_to_string(format!("{folder}/{trouble:?}.yaml")).unwrap();
        let scenario: Scenario = serde_yaml_ng::from_str(&text).unwrap();
        let found = check(&scenario);
        assert!(found.traces.iter().any(|t| t.trouble == trouble), "{trouble:?} in {found:?}");
        if trouble.gravity() == Gravity::Must {
            assert!(!found.is_clean(), "{trouble:?} keeps it from being published");
        }
    }
}
