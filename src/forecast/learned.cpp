#include "forecast/learned.hpp"

#include <bit>
#include <cmath>
#include <utility>

namespace bw::forecast {
namespace {

/// One walk over all of it, for writing and for reading.
class Writer {
public:
    Bytes out;

    void number(std::int32_t& value) { put_le(out, value); }
    void number(std::int64_t& value) { put_le(out, value); }
    void number(float& value) { put_le(out, std::bit_cast<std::uint32_t>(value)); }
    void map(std::map<std::uint16_t, PerKind<Cell>>& map);
    bool good() const { return true; }
};

class Reader {
public:
    explicit Reader(ByteView bytes) : left_(bytes) {}

    void number(std::int32_t& value) { value = take<std::int32_t>(); }
    void number(std::int64_t& value) { value = take<std::int64_t>(); }
    void number(float& value) {
        value = std::bit_cast<float>(take<std::uint32_t>());
        if (!std::isfinite(value))
            good_ = false;
    }
    void map(std::map<std::uint16_t, PerKind<Cell>>& map);
    bool good() const { return good_ && left_.empty(); }

private:
    template <class Integer>
    Integer take() {
        if (left_.size() < sizeof(Integer)) {
            good_ = false;
            left_ = {};
            return 0;
        }
        const auto value = get_le<Integer>(left_);
        left_.remove_prefix(sizeof(Integer));
        return value;
    }

    ByteView left_;
    bool good_ = true;
};

template <class Form>
void walk(Form& form, float& value) {
    form.number(value);
}
template <class Form>
void walk(Form& form, Cell& cell) {
    form.number(cell.weight);
    form.number(cell.sum);
}
template <class Form, class T, std::size_t N>
void walk(Form& form, std::array<T, N>& all) {
    for (T& one : all)
        walk(form, one);
}

void Writer::map(std::map<std::uint16_t, PerKind<Cell>>& map) {
    put_le(out, static_cast<std::int32_t>(map.size()));
    for (auto& [key, cells] : map) {
        put_le(out, std::int32_t{key});
        walk(*this, cells);
    }
}

void Reader::map(std::map<std::uint16_t, PerKind<Cell>>& map) {
    const auto count = take<std::int32_t>();
    for (std::int32_t i = 0; i < count && !left_.empty(); ++i) {
        const auto key = take<std::int32_t>();
        if (key < 0 || key >= 1440 * 7 ||
            !map.emplace(static_cast<std::uint16_t>(key), PerKind<Cell>{}).second) {
            good_ = false;
            return;
        }
        walk(*this, map[static_cast<std::uint16_t>(key)]);
    }
    if (count < 0 || map.size() != static_cast<std::size_t>(count))
        good_ = false;
}

template <class Form>
void walk(Form& form, Learned& learned) {
    form.number(learned.version);
    form.number(learned.days);
    form.number(learned.school_days);
    form.number(learned.until_ms);
    walk(form, learned.bell);
    form.map(learned.bell_at);
    form.map(learned.bell_on);
    walk(form, learned.arrivals);
    walk(form, learned.hours);
    walk(form, learned.hours_of_week);
    walk(form, learned.steps);
    walk(form, learned.with_submission);
    walk(form, learned.leads);
    walk(form, learned.bell_spread);
    walk(form, learned.hour_spread);
    walk(form, learned.due_spread);
}

} // namespace

Bytes to_bytes(const Learned& learned) {
    Learned copy = learned;
    Writer writer;
    walk(writer, copy);
    return std::move(writer.out);
}

Result<Learned> learned_from(ByteView bytes) {
    Reader reader(bytes);
    Learned learned;
    walk(reader, learned);
    if (!reader.good() || learned.version != model_version)
        return fail(Code::corrupt, "what was learnt for the forecast does not read, or is another "
                                   "model's");
    return learned;
}

} // namespace bw::forecast
