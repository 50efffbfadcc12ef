// Any bytes as a picture: what is taken is small, keeps its kind, and is taken again unchanged.
#include <cstdint>
#include <cstdlib>

#include "institution/picture.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace bw::institution;
    const auto picture = check_picture({reinterpret_cast<const char*>(data), size});
    if (!picture)
        return 0;
    const auto again = check_picture(picture->bytes);
    if (picture->width > picture_side_limit || picture->height > picture_side_limit ||
        picture->bytes.size() > size || !again || again->bytes != picture->bytes ||
        again->media_type != picture->media_type)
        std::abort();
    return 0;
}
