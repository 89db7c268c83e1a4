//! Every way in which the gateway fails us: the answer arrives when it is itself again, once, and nothing is lost.

use app::Exchanges;
use simulators::authority::Algorithm;
use simulators::egov_portal::PortalFault;
use simulators::shep::Spoil;

use super::world::{World, external};

#[tokio::test]
async fn whatever_the_gateway_does_the_answer_arrives_once_when_it_is_itself_again() {
    for fault in PortalFault::all() {
        let world = World::of(Algorithm::Gost).await;
        let person = world.guardian();
        let request = world.request(1, person).await;
        world.portal.push(&world.url, &request, None).await.unwrap();
        world.tell().await;
        assert_eq!(world.states(), ["accepted"], "{fault:?}");
        world.work().await;
        world.portal.fail(Some(fault));
        world.tell().await;
        let kept = world.store.exchange(&external(1)).await.unwrap().unwrap().progress;
        assert_eq!(kept.closed_at, None, "{fault:?}: believed");
        assert_eq!(kept.attempts, 1, "{fault:?}");
        if fault != PortalFault::DeclinesOneResponse {
            world.portal.fail(None);
        }
        world.tell_in_time().await;
        assert_eq!(world.states(), ["accepted", "granted"], "{fault:?}");
        let kept = world.store.exchange(&external(1)).await.unwrap().unwrap().progress;
        assert!(kept.closed_at.is_some(), "{fault:?}");
    }
}

#[tokio::test]
async fn a_spoilt_answer_to_a_poll_takes_nothing_in() {
    for spoil in Spoil::ALL {
        let world = World::of(Algorithm::Gost).await;
        let person = world.guardian();
        let request = world.request(1, person).await;
        world.portal.let_wait(&request);
        world.portal.fail(Some(PortalFault::Spoilt(spoil)));
        assert!(world.poll.once().await.is_err(), "{spoil:?}");
        assert_eq!(world.store.exchange(&external(1)).await.unwrap(), None);
        world.portal.fail(None);
        assert_eq!(world.poll.once().await.unwrap(), 1);
    }
}
