#include "rooms/sdp.hpp"

#include <algorithm>
#include <utility>

namespace bw::rooms {

namespace {

constexpr std::size_t sections_limit = 8, mid_bytes_limit = 16;

Error not_good(std::string why) {
    return fail(Code::invalid_field, std::move(why), "/sdp");
}

struct Section {
    std::string_view kind; // "audio"
    bool rejected = false; // port 0
    bool sends = true;     // sendrecv, unless it says otherwise
    bool directed = false; // it said so
    std::string mid;
};

bool is_mid(std::string_view text) {
    return !text.empty() && text.size() <= mid_bytes_limit && std::ranges::all_of(text, [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
               c == '-' || c == '_';
    });
}

Result<void> add(Offered& out, const Section& of) {
    if (of.kind != "audio" && of.kind != "video")
        return not_good("offers something else than audio and video");
    if (of.rejected || !of.sends)
        return {};
    if (of.mid.empty())
        return not_good("has a media section without its a=mid");
    (of.kind == "audio" ? out.audio : out.video).push_back(of.mid);
    return {};
}

} // namespace

Result<Offered> inspect_offer(std::string_view sdp) {
    if (sdp.size() > sdp_bytes_limit || !sdp.starts_with("v=0"))
        return not_good("is no session description");
    Offered out;
    std::vector<Section> sections;
    while (!sdp.empty()) {
        std::string_view line = sdp.substr(0, sdp.find('\n'));
        sdp.remove_prefix(std::min(sdp.size(), line.size() + 1));
        if (line.ends_with('\r'))
            line.remove_suffix(1);
        // A lone CR might be a line's end to whoever reads it next.
        if (std::ranges::any_of(line, [](char c) { return static_cast<unsigned char>(c) < ' '; }))
            return not_good("has a control character");
        if (line.starts_with("m=")) {
            if (sections.size() == sections_limit)
                return not_good("has too many media sections");
            line.remove_prefix(2);
            Section& made = sections.emplace_back();
            made.kind = line.substr(0, line.find(' '));
            line.remove_prefix(std::min(line.size(), made.kind.size() + 1));
            made.rejected = line.starts_with("0 ");
        } else if (line == "a=recvonly" || line == "a=inactive" || line == "a=sendonly" ||
                   line == "a=sendrecv") {
            // Of two readers of two directions each might believe another one.
            if (sections.empty() || std::exchange(sections.back().directed, true))
                return not_good("does not say once for each section which way it goes");
            sections.back().sends = line.starts_with("a=send");
        } else if (line.starts_with("a=mid:") && !sections.empty()) {
            if (!sections.back().mid.empty() || !is_mid(line.substr(6)))
                return not_good("has an a=mid that is not understood");
            sections.back().mid = line.substr(6);
        }
    }
    for (const Section& one : sections)
        CHECK_OK(add(out, one));
    if (out.audio.size() > 1 || out.video.size() > 2)
        return not_good("sends more than one sound and two pictures");
    return out;
}

} // namespace bw::rooms
