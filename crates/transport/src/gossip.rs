//! The parameters of gossipsub: one topic, explicit validation, and scores by which a peer is disconnected.

use std::collections::HashSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::Duration;

use libp2p::gossipsub::{
    Behaviour, ConfigBuilder, IdentTopic, IdentityTransform, MessageAuthenticity, MessageId, PeerScoreParams,
    PeerScoreThresholds, TopicScoreParams, ValidationMode, WhitelistSubscriptionFilter, score_parameter_decay,
};

use crate::error::NetError;

/// The longest gossip message: three events of full size and their frame. A batch is possible, and a flood of the
/// longest messages still leaves time for others between them.
pub const MAX_GOSSIP_BYTES: usize = 256 << 10;

/// A peer whose score is below this is disconnected and banned for [`BAN`].
pub const GRAYLIST_SCORE: f64 = -90.0;

/// The duration of a ban: long enough that checking ten invalid messages after each costs nothing.
pub const BAN: Duration = Duration::from_secs(300);

/// Room for what gossipsub adds to a message: topic, lengths and tags, about a hundred bytes.
const OVERHEAD_BYTES: usize = 4 << 10;

/// The interval at which the mesh is repaired and message ids are announced; new messages do not wait for it.
const HEARTBEAT: Duration = Duration::from_millis(500);

/// Heartbeats for which a message is kept. A message whose validation takes longer is not passed on.
const HISTORY: usize = 12;

/// Messages that wait for one peer. Beyond it the oldest are dropped, and the peer gets their events by sync.
const PEER_QUEUE: usize = 128;

/// The size of the mesh. A network of two to four nodes is one mesh, and `LOW` is small enough that none searches for more.
const MESH: usize = 8;
const MESH_LOW: usize = 3;
const MESH_HIGH: usize = 12;
const MESH_OUTBOUND: usize = 1;

/// The time for which an invalid message counts.
const BAD_MESSAGE_MEMORY: Duration = Duration::from_secs(600);

/// Peers behind one IP address before their scores fall: more than one household runs.
const PEERS_PER_IP: f64 = 16.0;

/// Gossip as this node runs it.
pub(crate) type Gossip = Behaviour<IdentityTransform, WhitelistSubscriptionFilter>;

/// Gossip on one topic below `prefix`, the network's protocol name.
pub(crate) fn gossip(prefix: &str) -> Result<(Gossip, IdentTopic), NetError> {
    let topic = IdentTopic::new(format!("{prefix}/gossip/1"));
    let config = ConfigBuilder::default()
        .protocol_id_prefix(format!("{prefix}/mesh"))
        // Messages sign themselves: gossip adds no author, no sequence number and no second signature.
        .validation_mode(ValidationMode::Anonymous)
        .validate_messages()
        .message_id_fn(|message| MessageId::new(blake3::hash(&message.data).as_bytes()))
        .max_transmit_size(MAX_GOSSIP_BYTES + OVERHEAD_BYTES)
        .heartbeat_initial_delay(Duration::ZERO)
        .heartbeat_interval(HEARTBEAT)
        .history_length(HISTORY)
        .connection_handler_queue_len(PEER_QUEUE)
        .mesh_n(MESH)
        .mesh_n_low(MESH_LOW)
        .mesh_n_high(MESH_HIGH)
        .mesh_outbound_min(MESH_OUTBOUND)
        .flood_publish(true)
        .build()
        .map_err(|_| NetError::Defect)?;
    // Subscriptions to other topics are not stored, however many a peer sends.
    let filter = WhitelistSubscriptionFilter(HashSet::from([topic.hash()]));
    let mut gossip = Gossip::new_with_subscription_filter(MessageAuthenticity::Anonymous, config, filter)
        .map_err(|_| NetError::Defect)?;
    gossip.with_peer_score(scores(&topic), thresholds()).map_err(|_| NetError::Defect)?;
    gossip.subscribe(&topic).map_err(|_| NetError::Defect)?;
    Ok((gossip, topic))
}

fn scores(topic: &IdentTopic) -> PeerScoreParams {
    let topic_params = TopicScoreParams {
        topic_weight: 1.0,
        // The score is minus the square of the invalid messages, so the tenth one is below the graylist.
        invalid_message_deliveries_weight: -1.0,
        invalid_message_deliveries_decay: score_parameter_decay(BAD_MESSAGE_MEMORY),
        first_message_deliveries_weight: 0.1,
        first_message_deliveries_decay: score_parameter_decay(Duration::from_secs(60)),
        first_message_deliveries_cap: 50.0,
        // A network without work sends nothing, so neither silence nor long presence is evidence.
        time_in_mesh_weight: 0.0,
        mesh_message_deliveries_weight: 0.0,
        mesh_failure_penalty_weight: 0.0,
        ..TopicScoreParams::default()
    };
    PeerScoreParams {
        topics: [(topic.hash(), topic_params)].into(),
        topic_score_cap: 5.0,
        app_specific_weight: 1.0,
        ip_colocation_factor_threshold: PEERS_PER_IP,
        ip_colocation_factor_whitelist: HashSet::from([
            IpAddr::V4(Ipv4Addr::LOCALHOST),
            IpAddr::V6(Ipv6Addr::LOCALHOST),
        ]),
        // A peer that restarts breaks a few promises of gossipsub without a fault.
        behaviour_penalty_threshold: 6.0,
        // A slow peer is no attacker; the queues are bounded.
        slow_peer_weight: 0.0,
        // After its ban a peer starts with a new score.
        retain_score: BAN.saturating_sub(BAN / 10),
        ..PeerScoreParams::default()
    }
}

fn thresholds() -> PeerScoreThresholds {
    PeerScoreThresholds { graylist_threshold: GRAYLIST_SCORE, ..PeerScoreThresholds::default() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn libp2p_accepts_the_built_in_parameters() {
        assert!(gossip("/quorate/00").is_ok());
    }
}
