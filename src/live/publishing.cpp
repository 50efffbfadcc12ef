#include "live/publishing.hpp"

#include "live/plan.hpp"

namespace bw::live {

namespace {

struct StreamOf {
    TenantId tenant;
    LiveClassId id;
};

/// TENANT/CLASS-ROUND (deeds.hpp).
std::optional<StreamOf> stream_of(std::string_view ref) {
    const std::size_t slash = ref.find('/'), dash = ref.rfind('-');
    if (slash == std::string_view::npos || dash == std::string_view::npos || dash < slash)
        return std::nullopt;
    const auto tenant = TenantId::parse(ref.substr(0, slash));
    const auto id = LiveClassId::parse(ref.substr(slash + 1, dash - slash - 1));
    return tenant && id ? std::optional(StreamOf{*tenant, *id}) : std::nullopt;
}

bool takes_pictures(const LiveClass& of, Instant now) {
    const bool on =
        of.state != State::planned && of.state != State::ended && of.state != State::archived;
    return on && !of.cancelled && now < of.ends + PlanRules{}.overtime;
}

} // namespace

Result<void> may_publish(const Audience& audience, const KeyReader& read_key, std::string_view form,
                         Instant now) {
    const std::string ref = TRY(read_key(form, now));
    const auto stream = stream_of(ref);
    if (!stream)
        return fail(Code::forbidden, "this is no stream key of a live class");
    const auto seats = TRY(audience.find(stream->tenant, stream->id));
    if (!seats || seats->of.ref != ref)
        return fail(Code::forbidden, "this is no stream key of a class that is about now");
    if (!takes_pictures(seats->of, now))
        return fail(Code::conflict, "the class takes no pictures now");
    return {};
}

} // namespace bw::live
