#include "journal/head.hpp"

#include <charconv>

#include <fmt/format.h>

#include "base/ensure.hpp"

namespace bw::journal {

std::string epoch_text(std::uint64_t epoch) {
    return fmt::format("{:016x}", epoch);
}

std::optional<std::uint64_t> read_epoch(std::string_view text) {
    std::uint64_t epoch = 0;
    auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), epoch, 16);
    if (text.size() != 16 || error != std::errc() || end != text.data() + text.size() ||
        epoch_text(epoch) != text)
        return std::nullopt;
    return epoch;
}

std::string_view wire_name(Durability durability) {
    switch (durability) {
    case Durability::local_fsync:
        return "local-fsync";
    case Durability::local_fsync_follower:
        return "local-fsync+follower";
    case Durability::replicated:
        return "replicated";
    }
    ensure_failed("wire_name", "a durability without a wire name");
}

std::optional<Durability> durability_named(std::string_view name) {
    for (std::uint32_t number = 1; auto durability = durability_of(number); ++number)
        if (wire_name(*durability) == name)
            return durability;
    return std::nullopt;
}

std::optional<Durability> durability_of(std::uint32_t number) {
    if (number < static_cast<std::uint32_t>(Durability::local_fsync) ||
        number > static_cast<std::uint32_t>(Durability::replicated))
        return std::nullopt;
    return static_cast<Durability>(number);
}

Sha256 Group::leaf() const {
    Bytes data = "bellwether group v1\n";
    put_le(data, number);
    put_le(data, first_seq);
    put_le(data, size);
    data += view(root);
    put_le(data, time.ms);
    put_le(data, static_cast<std::uint8_t>(durability));
    return leaf_hash(data);
}

Bytes Head::signed_bytes() const {
    ENSURE(cell.size() <= 255, "a cell's name is at most 255 bytes");
    Bytes out = "bellwether head v2\n";
    put_le(out, static_cast<std::uint8_t>(cell.size()));
    out += cell;
    put_le(out, epoch);
    put_le(out, size);
    out += view(root);
    put_le(out, time.ms);
    put_le(out, static_cast<std::uint8_t>(durability));
    return out;
}

} // namespace bw::journal
