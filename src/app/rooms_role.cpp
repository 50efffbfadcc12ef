#include "app/rooms_role.hpp"

#include <unistd.h>

#include "app/common_parts.hpp"
#include "rooms/turn.hpp"

namespace bw::app {

struct RoomsRole::Opened {
    net::WebSocketClientOptions janus_at;
    SecretKey janus_key{}, turn_key{};
    std::unique_ptr<rooms::LiveKit> livekit;
};

Result<std::unique_ptr<RoomsRole>> RoomsRole::open(CommonParts& common, LiveClasses& live) {
    const ServeOptions& options = common.options;
    Opened opened;
    if (!options.rooms_janus.empty()) {
        const auto [address, port] = TRY(parse_address(options.rooms_janus, "--rooms-janus"));
        opened.janus_at = {.address = address,
                           .port = port,
                           .protocol = "janus-protocol",
                           .thread_name = "rooms-janus"};
        opened.janus_key = TRY(common.installation.secret_key("janus", common.rng));
        if (!options.rooms_turn.empty())
            opened.turn_key = TRY(common.installation.secret_key("turn", common.rng));
    } else if (!options.rooms_livekit.empty()) {
        opened.livekit =
            TRY(rooms::LiveKit::make({.url = options.rooms_livekit,
                                      .api_url = options.rooms_livekit_api,
                                      .api_key = options.rooms_livekit_key,
                                      .api_secret = TRY(common.installation.livekit_secret())},
                                     common.clock, common.rng));
    }
    return std::unique_ptr<RoomsRole>(new RoomsRole(common, live, std::move(opened)));
}

RoomsRole::RoomsRole(CommonParts& common, LiveClasses& live, Opened opened)
    : gate_(common.gate), rng_(common.rng), janus_at_(opened.janus_at),
      livekit_(std::move(opened.livekit)), media_(make_media(common, opened)),
      rooms_({.make_database = common.connects("rooms"),
              .audience = live.audience(),
              .grant_key = live.grant_key(),
              .holder = common.options.listen + " pid " + std::to_string(getpid()),
              .clock = common.clock,
              .rng = common.rng,
              .media = [this](const std::shared_ptr<rooms::Room>& room)
                  -> std::shared_ptr<rooms::MediaRoom> {
                  if (livekit_)
                      return livekit_->make_room(room->parts().of);
                  return media_ ? media_->make_room(room) : nullptr;
              }}) {}

/// Null: there is no Janus.
std::unique_ptr<rooms::JanusMedia> RoomsRole::make_media(CommonParts& common,
                                                         const Opened& opened) {
    if (janus_at_.port == 0)
        return nullptr;
    const std::string secrets = to_hex(view(opened.janus_key));
    return std::make_unique<rooms::JanusMedia>(
        rooms::JanusMedia::Parts{
            .clock = common.clock,
            .rng = common.rng,
            .key = opened.janus_key,
            .api_secret = secrets.substr(0, 32), // as deploy/janus/render takes the file apart
            .admin_key = secrets.substr(32),
            .ice_servers =
                [&urls = common.options.rooms_turn, &clock = common.clock,
                 secret = to_hex(view(opened.turn_key))](UserId user) {
                    return rooms::ice_servers_json(urls, secret, user, clock.now());
                },
            .send =
                [this](std::string text) {
                    if (janus_)
                        janus_->send(std::move(text));
                }},
        rooms::MediaRules{.viewers_limit = common.options.rooms_viewers_limit});
}

void RoomsRole::start() {
    if (media_)
        janus_ = net::WebSocketClient::make(
            janus_at_,
            {.opened = [this] { media_->janus().opened(); },
             .closed = [this] { media_->janus().closed(); },
             .text = [this](std::string_view text) { media_->janus().heard(text); },
             .tick = [this] { media_->janus().tick(); }},
            rng_);
    if (janus_)
        janus_->start();
    if (livekit_)
        livekit_->start();
    rooms_.start();
}

void RoomsRole::stop() {
    rooms_.stop();
    janus_.reset();
    if (livekit_)
        livekit_->stop();
}

std::optional<rooms::JanusMedia::Status> RoomsRole::media() const {
    return media_ ? std::optional(media_->status()) : std::nullopt;
}

} // namespace bw::app
