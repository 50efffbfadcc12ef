// An answer key and answers, both of hostile bytes (apart by a zero byte): a key that is read comes
// back the same, and whatever the answers, nobody gets more than a question's points.
#include <algorithm>

#include "base/ensure.hpp"
#include "marking/answer_key.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace bw;
    using namespace bw::marking;
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    const std::size_t cut = std::min(bytes.find('\0'), bytes.size());
    const std::string_view answers = bytes.substr(std::min(cut + 1, bytes.size()));
    ENSURE(alike(answers, answers), "nothing is unlike itself");
    auto key = read_answer_key(bytes.substr(0, cut), "");
    if (!key)
        return 0;
    auto again = read_answer_key(to_json(*key), "");
    ENSURE(again && *again == *key, "a key that does not come back");
    const auto points = mark_answers(*key, answers);
    ENSURE(points.size() == key->size(), "each question, and no other");
    for (std::size_t i = 0; i < points.size(); ++i)
        ENSURE(points[i] ? *points[i] >= Points{} && *points[i] <= (*key)[i].points
                         : (*key)[i].kind == KeyEntry::Kind::by_hand,
               "points out of bounds");
    return 0;
}
