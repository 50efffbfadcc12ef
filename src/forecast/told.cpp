#include "forecast/told.hpp"

#include <algorithm>

namespace bw::forecast {

namespace {

void write_optional(JsonWriter& json, const char* name, std::optional<double> value) {
    json.key(name);
    value ? json.value(rounded(*value)) : json.null();
}

} // namespace

void write_hints(JsonWriter& json, const lane::DemandHints& hints,
                 const std::vector<std::string>& elsewhere, Instant now) {
    const auto hint = hints.current(now);
    json.key("hints").object().key("made_at");
    hint ? json.value(to_rfc3339(hint->made_at)) : json.null();
    json.key("valid_until");
    hint ? json.value(to_rfc3339(hint->valid_until)) : json.null();
    json.key("listeners").array();
    const std::vector<std::string> here = hints.names();
    for (const std::string& name : here)
        json.value(name);
    for (const std::string& name : elsewhere)
        if (std::ranges::find(here, name) == here.end())
            json.value(name);
    json.end().end();
}

void write_score(JsonWriter& json, const Errors& errors, std::int32_t days) {
    const Score score = score_of(errors);
    json.key("score").object().member("days", days);
    write_optional(json, "wape", score.wape);
    write_optional(json, "chance", score.chance);
    write_optional(json, "bias", score.bias);
    write_optional(json, "peak", score.peak);
    write_optional(json, "peak_naive", score.peak_naive);
    write_optional(json, "skill", score.skill);
    write_optional(json, "covered", score.covered);
    json.end();
}

} // namespace bw::forecast
