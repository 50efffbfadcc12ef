#include "live/deeds.hpp"

namespace bw::live {

namespace {

// In a box that nobody else reads: protocol, then URL, user and key with their lengths before them.
void put(Bytes& out, std::string_view text) {
    put_le(out, static_cast<std::uint32_t>(text.size()));
    out.append(text);
}

std::optional<std::string> take(ByteView& from) {
    if (from.size() < 4)
        return std::nullopt;
    const auto size = get_le<std::uint32_t>(from);
    from.remove_prefix(4);
    if (from.size() < size)
        return std::nullopt;
    std::string text(from.substr(0, size));
    from.remove_prefix(size);
    return text;
}

Bytes seal_ingests(const SecretKey& key, std::string_view context,
                   std::span<const video::Ingest> ingests, Rng& rng) {
    Bytes plain;
    for (const video::Ingest& one : ingests) {
        plain.push_back(static_cast<char>(one.protocol));
        put(plain, one.url);
        put(plain, one.user);
        put(plain, one.key.text());
    }
    return seal(key, plain, context, rng);
}

Outcome failed(Error error) {
    return {.error = std::move(error)};
}

Outcome create(const Stage& stage, TenantId tenant, const LiveClass& of, Deadline deadline,
               Rng& rng) {
    const std::string key = stream_key(tenant, of);
    auto stream = stage.provider.create({.key = key, .title = of.title}, deadline);
    if (!stream)
        return failed(std::move(stream).error());
    return {.provider = std::string(stage.provider.name()),
            .ref = stream->ref,
            .ingests = seal_ingests(stage.ingest_key, key, stream->ingests, rng)};
}

Outcome put_slate(const Stage& stage, TenantId tenant, const LiveClass& of, Deadline deadline) {
    if (!stage.slate)
        return {};
    auto ingests = open_ingests(stage.ingest_key, tenant, of);
    if (!ingests)
        return failed(std::move(ingests).error());
    if (auto put = stage.slate->put_on(of.ref, *ingests, deadline); !put)
        return failed(std::move(put).error());
    return {.slate_on = true};
}

Outcome end(const Stage& stage, TenantId tenant, const LiveClass& of, Deadline deadline) {
    std::string ref = of.ref;
    if (ref.empty()) { // asked for, and nobody heard the answer: the same key is the same stream
        auto stream =
            stage.provider.create({.key = stream_key(tenant, of), .title = of.title}, deadline);
        if (!stream)
            return failed(std::move(stream).error());
        ref = stream->ref;
    }
    if (stage.slate && of.slate_on)
        if (auto off = stage.slate->take_off(ref, deadline); !off)
            return failed(std::move(off).error());
    if (auto ended = stage.provider.end(ref, deadline); !ended)
        return failed(std::move(ended).error());
    return {};
}

} // namespace

std::string stream_key(TenantId tenant, const LiveClass& of) {
    return tenant.text() + "/" + of.id.text() + "-" + std::to_string(of.round);
}

Outcome carry_out(const Stage& stage, TenantId tenant, const LiveClass& of, Deed deed,
                  Deadline deadline, Rng& rng) {
    // What one platform calls its stream means another stream, or none, to the next one.
    if (!of.ref.empty() && of.provider != stage.provider.name())
        return failed(fail(Code::forbidden, "its stream is at " + of.provider +
                                                ", and configured is " +
                                                std::string(stage.provider.name())));
    switch (deed) {
    case Deed::create:
        return create(stage, tenant, of, deadline, rng);
    case Deed::put_slate:
        return put_slate(stage, tenant, of, deadline);
    case Deed::end:
        return end(stage, tenant, of, deadline);
    case Deed::sweep: {
        if (!stage.warmer)
            return {};
        const auto report = stage.warmer->warm(of.ref, deadline);
        if (!report)
            return failed(report.error());
        return {.planned = report->planned, .verified = report->verified};
    }
    case Deed::poll: {
        const auto health = stage.provider.poll(of.ref, deadline);
        if (!health)
            return failed(health.error());
        return {.signal = health->signal};
    }
    default:
        return {};
    }
}

Result<std::vector<video::Ingest>> open_ingests(const SecretKey& key, TenantId tenant,
                                                const LiveClass& of) {
    std::vector<video::Ingest> out;
    if (of.ingests.empty())
        return out;
    const auto plain = unseal(key, of.ingests, stream_key(tenant, of));
    if (!plain)
        return fail(Code::corrupt, "the class's ingests were sealed with another key");
    for (ByteView rest = *plain; !rest.empty();) {
        const auto protocol = static_cast<video::IngestProtocol>(rest.front());
        rest.remove_prefix(1);
        auto url = take(rest), user = take(rest), secret = take(rest);
        if (!url || !user || !secret)
            return fail(Code::corrupt, "the class's ingests are cut short");
        out.push_back({protocol, *std::move(url), *std::move(user), *std::move(secret)});
    }
    return out;
}

} // namespace bw::live
