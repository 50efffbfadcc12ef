// Whatever a browser sends: the readers of messages and offers neither crash nor read beyond.
#include <cstdint>

#include "rooms/interaction.hpp"
#include "rooms/message.hpp"
#include "rooms/sdp.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    if (const auto type = bw::rooms::type_of(bytes))
        (void)bw::rooms::refusal(*type, bw::fail(bw::Code::invalid_field, *type));
    if (const auto offered = bw::rooms::inspect_offer(bytes);
        offered && offered->audio.size() + offered->video.size() > 3)
        __builtin_trap();
    if (const auto type = bw::rooms::type_of(bytes)) {
        const bw::rooms::Member teacher{.user = {}, .role = bw::live::RoomRole::teacher};
        bw::rooms::Interaction interaction(
            [&](bw::UserId user) { return user == teacher.user ? &teacher : nullptr; });
        for (int n = 0; n < 2; ++n)
            (void)interaction.handle(teacher, *type, bytes, {});
        if (!bw::rooms::type_of(interaction.snapshot_for(teacher)) &&
            interaction.snapshot_for(teacher).front() != '{')
            __builtin_trap();
    }
    return 0;
}
