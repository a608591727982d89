//! What people say of themselves, and secrets of the installation.

use chinwag_chat::store::CommitError;
use chinwag_chat::{About, Profile, ProfileChange, Refusal};

use super::World;
use super::files::{attachment, avatar};

/// What is not named stays as it is.
pub async fn a_profile_changes_in_what_is_named(world: &World) {
    let ada = world.user("ada").await;
    let about = About::new("Sails.\nCounts.").unwrap();
    let change = ProfileChange { about: Some(about.clone()), ..ProfileChange::default() };
    let profile = world.store.change_profile(&ada.id, change).await.unwrap();
    assert_eq!(profile, Profile { user: ada.clone(), about: about.clone() });
    let display_name = Some("Ada Łovelace".parse().unwrap());
    let change = ProfileChange { display_name: display_name.clone(), ..ProfileChange::default() };
    let profile = world.store.change_profile(&ada.id, change).await.unwrap();
    assert_eq!((Some(&profile.user.display_name), &profile.about), (display_name.as_ref(), &about));
    assert_eq!(world.store.profile(&ada.id).await.unwrap(), Some(profile.clone()));
    assert_eq!(world.store.user(&ada.id).await.unwrap().as_ref(), Some(&profile.user));
    let found = world.store.find_users("ada ł", 5).await.unwrap();
    assert_eq!(found, std::slice::from_ref(&profile.user));
    assert_eq!(world.store.find_users("ada", 5).await.unwrap(), [profile.user]);
    let nothing = ProfileChange { about: Some(None), ..ProfileChange::default() };
    assert_eq!(world.store.change_profile(&ada.id, nothing).await.unwrap().about, None);
    let nobody = "nobody".parse().unwrap();
    assert_eq!(world.store.profile(&nobody).await.unwrap(), None);
    let refused = world.store.change_profile(&nobody, ProfileChange::default()).await;
    assert!(matches!(refused, Err(CommitError::Refused(Refusal::UnknownUser))), "{refused:?}");
}

/// Another's, or one for another purpose, is none.
pub async fn a_picture_is_an_upload_of_ones_own_and_replaces_the_one_before(world: &World) {
    let (ada, bob) = (world.user("ada").await, world.user("bob").await);
    let (first, second) = (avatar(world, &ada).await, avatar(world, &ada).await);
    let picture = |id| ProfileChange { avatar: Some(id), ..ProfileChange::default() };
    for (who, file) in [(&bob, first), (&ada, attachment(world, &ada, 1).await), (&ada, world.new_file_id())]
    {
        let refused = world.store.change_profile(&who.id, picture(Some(file))).await;
        assert!(matches!(refused, Err(CommitError::Refused(Refusal::UnknownFile))), "{refused:?}");
        assert_eq!(world.store.user(&who.id).await.unwrap().unwrap().avatar, None);
    }
    for _ in 0..2 {
        let profile = world.store.change_profile(&ada.id, picture(Some(first))).await.unwrap();
        assert_eq!(profile.user.avatar, Some(first));
    }
    assert!(world.store.file(first).await.unwrap().unwrap().is_shown);
    let change = ProfileChange { about: Some(None), ..ProfileChange::default() };
    assert_eq!(world.store.change_profile(&ada.id, change).await.unwrap().user.avatar, Some(first));
    let profile = world.store.change_profile(&ada.id, picture(Some(second))).await.unwrap();
    assert_eq!(profile.user.avatar, Some(second));
    assert_eq!(world.store.file(first).await.unwrap(), None);
    assert!(world.store.file(second).await.unwrap().unwrap().is_shown);
    assert_eq!(world.store.change_profile(&ada.id, picture(None)).await.unwrap().user.avatar, None);
    assert_eq!(world.store.file(second).await.unwrap(), None);
}

/// Whoever asks first makes it.
pub async fn a_secret_is_made_once(world: &World) {
    let (one, other) = ([1; 32], [2; 32]);
    assert_eq!(world.store.secret("links", one).await.unwrap(), one);
    assert_eq!(world.store.secret("links", other).await.unwrap(), one);
    assert_eq!(world.store.secret("else", other).await.unwrap(), other);
}
