#include "recordings/shelf.hpp"

#include "base/sha256_stream.hpp"

namespace bw::recordings {

namespace {

Error nothing() {
    return fail(Code::not_found, "there is no such recording");
}

} // namespace

void Shelf::drop(const Key& key) {
    std::lock_guard lock(mutex_);
    if (const auto at = held_.find(key); at != held_.end()) {
        used_.erase(at->second.place);
        held_.erase(at);
    }
}

Result<std::shared_ptr<const Manifest>> Shelf::fetch(const Key& key, const Recording& recording,
                                                     Deadline deadline) {
    const std::string object = object_key(key.first, key.second, *recording.manifest);
    const std::uint64_t size = TRY(store_.size(object, deadline));
    if (size > manifest_bytes_limit)
        return fail(Code::corrupt, "the manifest of a recording is too large");
    const Bytes text = TRY(store_.read(object, 0, static_cast<std::size_t>(size), deadline));
    Sha256Stream hash;
    hash.update(text);
    if (hash.finish() != *recording.manifest_sha256)
        return fail(Code::corrupt, "the manifest of a recording is not what was written");
    auto manifest = std::make_shared<const Manifest>(TRY(Manifest::parse(text)));
    std::lock_guard lock(mutex_);
    if (const auto before = held_.find(key); before != held_.end()) {
        used_.erase(before->second.place);
        held_.erase(before);
    }
    used_.push_front(key);
    held_[key] = {manifest, *recording.manifest_sha256, clock_.monotonic(), used_.begin()};
    while (held_.size() > rules_.manifests_limit) {
        held_.erase(used_.back());
        used_.pop_back();
    }
    return manifest;
}

Result<std::shared_ptr<const Manifest>> Shelf::find(tenancy::Database& database,
                                                    const tenancy::TenantScope& scope,
                                                    RecordingId id, Deadline deadline) {
    const Key key{scope.tenant(), id};
    std::shared_ptr<const Manifest> before;
    Sha256 sha256{};
    Duration age{};
    {
        std::lock_guard lock(mutex_);
        if (const auto at = held_.find(key); at != held_.end()) {
            used_.splice(used_.begin(), used_, at->second.place);
            before = at->second.manifest;
            sha256 = at->second.sha256;
            age = clock_.monotonic() - at->second.looked_at;
        }
    }
    if (before && age < rules_.looked_at)
        return before;
    const auto recording =
        database.run(scope, deadline, [id](tenancy::TenantTx& tx) -> Result<Recording> {
            auto found = TRY(recordings::find(tx, id));
            if (!found || found->state != State::ready)
                return nothing();
            return *std::move(found);
        });
    if (!recording) {
        if (recording.error().code == Code::not_found)
            drop(key);
        else if (before && age < rules_.silence)
            return before;
        return recording.error();
    }
    if (before && sha256 == *recording->manifest_sha256) {
        std::lock_guard lock(mutex_);
        if (const auto at = held_.find(key); at != held_.end())
            at->second.looked_at = clock_.monotonic();
        return before;
    }
    return fetch(key, *recording, deadline);
}

Result<Bytes> Shelf::read(tenancy::Database& database, const tenancy::TenantScope& scope,
                          RecordingId id, std::string_view name, Deadline deadline) {
    const auto manifest = TRY(find(database, scope, id, deadline));
    if (name == "index.m3u8")
        return manifest->master;
    const std::size_t slash = name.find('/');
    if (slash == std::string_view::npos)
        return nothing();
    const std::string_view rung = name.substr(0, slash), object = name.substr(slash + 1);
    if (const Rung* of = manifest->rung(rung); of && object == "index.m3u8")
        return Manifest::playlist(*of);
    const auto place = manifest->find(rung, object);
    if (!place)
        return nothing();
    Bytes bytes = TRY(store_.read(object_key(scope.tenant(), id, place->number), place->offset,
                                  static_cast<std::size_t>(place->bytes), deadline));
    if (bytes.size() != place->bytes)
        return fail(Code::corrupt, "a piece of a recording is shorter than was written");
    return bytes;
}

} // namespace bw::recordings
