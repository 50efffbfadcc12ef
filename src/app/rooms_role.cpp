#include "app/rooms_role.hpp"

#include <unistd.h>

#include "app/common_parts.hpp"

namespace bw::app {

Result<std::unique_ptr<RoomsRole>> RoomsRole::open(CommonParts& common, LiveClasses& live) {
    return std::unique_ptr<RoomsRole>(new RoomsRole(common, live));
}

RoomsRole::RoomsRole(CommonParts& common, LiveClasses& live)
    : gate_(common.gate),
      rooms_({.make_database = common.connects("rooms"),
              .audience = live.audience(),
              .grant_key = live.grant_key(),
              .holder = common.options.listen + " pid " + std::to_string(getpid()),
              .clock = common.clock,
              .rng = common.rng}) {}

} // namespace bw::app
