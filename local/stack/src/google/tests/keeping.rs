//! What outlives a restart, and what has not happened.

use super::*;

#[tokio::test]
async fn a_restart_keeps_the_keys_and_the_accounts() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("google.json");
    let hands = Hands::new();
    let open = || Google::open(PROJECT, Some(path.clone()), hands.clock()).unwrap();
    let first = open();
    let token = first.sign_in(&member("member-1", Some(true))).unwrap();
    let shown = get(&first, "/simulator/accounts").await;
    let service_account = first.service_account_json(BASE);
    drop(first);

    let second = open();
    assert_eq!(get(&second, "/simulator/accounts").await, shown);
    assert_eq!(second.service_account_json(BASE), service_account);
    let verified = verifier(&second).verify(&token, hands.now()).await.unwrap();
    assert_eq!(verified.uid, "member-1");
    // Nothing but the file itself is left behind.
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn the_keys_are_kept_from_the_first_start() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("google.json");
    let open = || Google::open(PROJECT, Some(path.clone()), Hands::new().clock()).unwrap();
    assert_eq!(open().service_account_json(BASE), open().service_account_json(BASE));
}

#[tokio::test]
async fn what_cannot_be_kept_has_not_happened() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("google.json");
    let google = Google::open(PROJECT, Some(path), Hands::new().clock()).unwrap();
    google.sign_in(&member("member-1", None)).unwrap();
    let bearer = bearer(&google).await;
    folder.close().unwrap();
    let refused = google.sign_in(&member("member-2", None));
    assert!(matches!(refused, Err(SignInError::Store(StoreError::File(_)))));
    let (status, _) = update(&google, &bearer, "member-1", r#"{"plan":"basic"}"#).await;
    assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(google.claims("member-1"), Some(Map::new()));
    assert_eq!(google.claims("member-2"), None);
}

#[test]
fn a_foreign_file_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("google.json");
    let foreign = ["{}", "", r#"{"signing_key":"x","service_account_key":"x","accounts":{}}"#];
    for text in foreign {
        std::fs::write(&path, text).unwrap();
        let opened = Google::open(PROJECT, Some(path.clone()), Hands::new().clock());
        assert!(matches!(opened, Err(StoreError::Json(_) | StoreError::Key(_))));
        assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
    }
}

#[test]
fn debug_output_holds_no_key() {
    let (google, _) = google();
    assert_eq!(format!("{google:?}"), r#"Google { project: "demo-gudok", .. }"#);
}
