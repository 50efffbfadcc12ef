#include "blob/s3_store.hpp"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>
#include <pugixml.hpp>
#include <sodium.h>

#include "base/ensure.hpp"
#include "blob/s3_client.hpp"

namespace bw::blob {

namespace {

constexpr std::size_t part_bytes_min = 5 * 1024 * 1024;

Error refused(const S3Answer& answer, const std::string& key) {
    if (answer.status == 404)
        return fail(Code::not_found, "there is no such object", key);
    if (answer.status == 403)
        return fail(Code::unavailable, "the S3 server does not let this account do it", key);
    if (answer.status == 507)
        return fail(Code::storage_full, "the S3 server is full", key);
    return fail(Code::unavailable, fmt::format("the S3 server answered {}", answer.status), key);
}

Result<pugi::xml_document> document_of(const S3Answer& answer, const std::string& key) {
    pugi::xml_document document;
    if (!document.load_buffer(answer.body.data(), answer.body.size()))
        return fail(Code::unavailable, "the S3 server did not answer XML", key);
    return document;
}

/// Clients' parts are put together there. Some servers (Swift is one) take a part as long as its
/// URL is good, also after that, and with it break what was made. So the server copies it, to where
/// no URL leads.
constexpr std::string_view parts_suffix = ".parts";

/// Which of `prefix`/1, `prefix`/2, .. is it, or its parts? 0: none.
std::int64_t number_in_series(std::string_view key, std::string_view prefix) {
    if (key.ends_with(parts_suffix))
        key.remove_suffix(parts_suffix.size());
    std::int64_t number = 0;
    if (key.size() <= prefix.size() + 1 || !key.starts_with(prefix) || key[prefix.size()] != '/')
        return 0;
    const char* const end = key.data() + key.size();
    const auto read = std::from_chars(key.data() + prefix.size() + 1, end, number);
    return read.ec == std::errc() && read.ptr == end ? number : 0;
}

/// What the store and its drafts ask of the server.
class Bucket {
public:
    Bucket(S3Options options, const Clock& clock, Rng& rng)
        : clock_(clock), client_(std::move(options), clock, rng) {}

    std::size_t part_bytes() const {
        return std::max(client_.options().part_bytes, part_bytes_min);
    }

    Result<void> put(const std::string& key, ByteView bytes, Deadline deadline) {
        return expect(key,
                      TRY(client_.call({.method = "PUT", .key = key, .body = bytes}, deadline)));
    }

    Result<std::string> begin_upload(const std::string& key, Deadline deadline) {
        const S3Answer answer =
            TRY(client_.call({.method = "POST", .key = key, .query = {{"uploads", ""}}}, deadline));
        CHECK_OK(expect(key, answer));
        const auto document = TRY(document_of(answer, key));
        std::string id = document.document_element().child_value("UploadId");
        if (id.empty())
            return fail(Code::unavailable, "the S3 server named no upload", key);
        return id;
    }

    bool is_public() const { return !client_.options().public_endpoint.empty(); }
    std::string public_url(const std::string& key, const std::string& upload, int number,
                           std::uint64_t bytes, Duration lifetime) const {
        S3Account account = client_.options().account;
        account.endpoint = client_.options().public_endpoint;
        std::string url = presigned_url(
            account, "PUT", key, {{"partNumber", std::to_string(number)}, {"uploadId", upload}},
            clock_.now(), lifetime, {{"content-length", std::to_string(bytes)}});
        sodium_memzero(account.secret_key.data(), account.secret_key.size());
        return url;
    }

    Result<StoredPart> put_part(const std::string& key, const std::string& upload, int number,
                                ByteView bytes, Deadline deadline) {
        const S3Answer answer = TRY(
            client_.call({.method = "PUT",
                          .key = key,
                          .query = {{"partNumber", std::to_string(number)}, {"uploadId", upload}},
                          .body = bytes},
                         deadline));
        CHECK_OK(expect(key, answer));
        return StoredPart{number, answer.etag, bytes.size()};
    }

    Result<std::vector<StoredPart>> parts(const std::string& key, const std::string& upload,
                                          Deadline deadline) {
        std::vector<StoredPart> out;
        for (int after = 0;;) {
            const S3Answer answer = TRY(client_.call(
                {.method = "GET",
                 .key = key,
                 .query = {{"part-number-marker", std::to_string(after)}, {"uploadId", upload}}},
                deadline));
            CHECK_OK(expect(key, answer));
            const auto document = TRY(document_of(answer, key));
            const pugi::xml_node list = document.document_element();
            for (const pugi::xml_node part : list.children("Part"))
                out.push_back({part.child("PartNumber").text().as_int(), part.child_value("ETag"),
                               part.child("Size").text().as_ullong()});
            if (!list.child("IsTruncated").text().as_bool() || out.empty() ||
                out.back().number <= after)
                return out;
            after = out.back().number;
        }
    }

    Result<void> complete(const std::string& key, const std::string& upload,
                          const std::vector<StoredPart>& parts, Deadline deadline) {
        std::string body = "<CompleteMultipartUpload>";
        std::uint64_t bytes = 0;
        for (const StoredPart& part : parts) {
            body += fmt::format("<Part><PartNumber>{}</PartNumber><ETag>{}</ETag></Part>",
                                part.number, part.tag);
            bytes += part.bytes;
        }
        body += "</CompleteMultipartUpload>";
        const S3Answer answer = TRY(client_.call(
            {.method = "POST", .key = key, .query = {{"uploadId", upload}}, .body = body},
            deadline));
        // A first attempt whose answer was lost may have done it; 200 may come with
        // an error in it.
        if (answer.status == 404)
            return is_there(key, bytes, deadline);
        CHECK_OK(expect(key, answer));
        const auto document = TRY(document_of(answer, key));
        if (std::string_view(document.document_element().name()) == "Error")
            return fail(Code::unavailable,
                        std::string("the S3 server did not join the parts: ") +
                            document.document_element().child_value("Code"),
                        key);
        return {};
    }

    /// Goes on with a copy of all of an object, which the server makes piece by piece. When the
    /// last is there the copy is.
    Result<void> copy_some(const std::string& from, const std::string& to, std::uint64_t bytes,
                           Deadline deadline) {
        constexpr std::uint64_t most = DirectParts::parts_max;
        const std::uint64_t step =
            std::max<std::uint64_t>(client_.options().copy_bytes, (bytes + most - 1) / most);
        const auto pieces = static_cast<std::size_t>((bytes + step - 1) / step);
        const auto first_of = [&](int number) {
            return step * static_cast<std::uint64_t>(number - 1);
        };
        const std::string upload = TRY(upload_of(to, deadline));
        std::vector<StoredPart> done = TRY(parts(to, upload, deadline));
        std::erase_if(done, [&](const StoredPart& part) { // of pieces of another length
            return part.number > static_cast<int>(pieces) ||
                   part.bytes != std::min(step, bytes - first_of(part.number));
        });
        int next = 1;
        while (next <= static_cast<int>(done.size()) &&
               done[static_cast<std::size_t>(next - 1)].number == next)
            ++next;
        if (done.size() < pieces) {
            const std::uint64_t first = first_of(next);
            const std::uint64_t last = std::min(first + step, bytes) - 1;
            done.insert(done.begin() + (next - 1),
                        TRY(copy_piece(from, to, upload, next, first, last, deadline)));
        }
        return done.size() < pieces ? Result<void>() : complete(to, upload, done, deadline);
    }

    Result<StoredPart> copy_piece(const std::string& from, const std::string& to,
                                  const std::string& upload, int number, std::uint64_t first,
                                  std::uint64_t last, Deadline deadline) {
        const S3Answer answer = TRY(client_.call(
            {.method = "PUT",
             .key = to,
             .query = {{"partNumber", std::to_string(number)}, {"uploadId", upload}},
             .headers = {{"x-amz-copy-source", "/" + client_.options().account.bucket + "/" + from},
                         {"x-amz-copy-source-range", fmt::format("bytes={}-{}", first, last)}}},
            deadline));
        CHECK_OK(expect(from, answer));
        const auto document = TRY(document_of(answer, from));
        std::string tag = document.document_element().child_value("ETag");
        if (tag.empty()) // 200 may come with an error in it
            return fail(Code::unavailable, "the S3 server did not copy a piece", from);
        return StoredPart{number, std::move(tag), last - first + 1};
    }

    /// The one that there is, or a new one.
    Result<std::string> upload_of(const std::string& key, Deadline deadline) {
        std::string found;
        CHECK_OK(for_each(true, key, deadline,
                          [&](const std::string& of, const std::string& upload) -> Result<void> {
                              if (of == key && found.empty())
                                  found = upload;
                              return {};
                          }));
        return found.empty() ? begin_upload(key, deadline) : std::move(found);
    }

    Result<void> abort(const std::string& key, const std::string& upload, Deadline deadline) {
        const S3Answer answer = TRY(client_.call(
            {.method = "DELETE", .key = key, .query = {{"uploadId", upload}}}, deadline));
        return answer.status == 404 ? Result<void>() : expect(key, answer);
    }

    /// All keys that begin so, of objects or of uploads: `each(key, upload id)`, which may remove
    /// it.
    template <class Each>
    Result<void> for_each(bool uploads, const std::string& prefix, Deadline deadline, Each each) {
        for (std::string after, after_upload;;) {
            S3Query query{{"prefix", prefix},
                          uploads ? std::pair{"uploads", ""} : std::pair{"list-type", "2"}};
            if (!after.empty())
                query.emplace_back(uploads ? "key-marker" : "start-after", after);
            if (!after_upload.empty())
                query.emplace_back("upload-id-marker", after_upload);
            const S3Answer answer = TRY(
                client_.call({.method = "GET", .key = "", .query = std::move(query)}, deadline));
            CHECK_OK(expect(prefix, answer));
            const auto document = TRY(document_of(answer, prefix));
            const pugi::xml_node list = document.document_element();
            const auto before = std::pair(after, after_upload);
            for (const pugi::xml_node item : list.children(uploads ? "Upload" : "Contents")) {
                after = item.child_value("Key");
                after_upload = item.child_value("UploadId");
                CHECK_OK(each(after, after_upload));
            }
            if (!list.child("IsTruncated").text().as_bool() ||
                before == std::pair(after, after_upload))
                return {};
        }
    }

    /// Of this very key.
    Result<void> abort_all(const std::string& key, Deadline deadline) {
        return for_each(true, key, deadline,
                        [&](const std::string& found, const std::string& upload) {
                            return found == key ? abort(key, upload, deadline) : Result<void>();
                        });
    }

    Result<std::uint64_t> size(const std::string& key, Deadline deadline) {
        const S3Answer answer = TRY(client_.call({.method = "HEAD", .key = key}, deadline));
        CHECK_OK(expect(key, answer));
        return answer.content_length;
    }

    Result<Bytes> read(const std::string& key, std::uint64_t offset, std::size_t bytes,
                       Deadline deadline) {
        if (bytes == 0)
            return Bytes();
        S3Answer answer = TRY(client_.call({.method = "GET",
                                            .key = key,
                                            .range = std::pair{offset, offset + bytes - 1},
                                            .answer_bytes_limit = bytes + 64 * 1024},
                                           deadline));
        if (answer.status == 416)
            return Bytes();
        CHECK_OK(expect(key, answer));
        if (answer.status == 200) // an empty object, or a server that knows no ranges
            return offset < answer.body.size() ? answer.body.substr(offset, bytes) : Bytes();
        return std::move(answer.body);
    }

    Result<void> remove(const std::string& key, Deadline deadline) {
        const S3Answer answer = TRY(client_.call({.method = "DELETE", .key = key}, deadline));
        return answer.status == 404 ? Result<void>() : expect(key, answer);
    }

    /// Is the object there, with so many bytes at least?
    Result<void> is_there(const std::string& key, std::uint64_t bytes, Deadline deadline) {
        if (TRY(size(key, deadline)) < bytes)
            return fail(Code::corrupt, "the object is shorter than was promised", key);
        return {};
    }

    /// corrupt: it is there with another length.
    Result<bool> has(const std::string& key, std::uint64_t bytes, Deadline deadline) {
        const auto there = size(key, deadline);
        if (!there)
            return there.error().code == Code::not_found ? Result<bool>(false) : there.error();
        if (*there != bytes)
            return fail(Code::corrupt, "the object has another length than was promised", key);
        return true;
    }

    Result<void> look(Deadline deadline) {
        const S3Answer answer = TRY(client_.call({.method = "HEAD", .key = ""}, deadline));
        if (answer.status == 403)
            return fail(Code::forbidden, "the S3 server does not know this account",
                        client_.options().account.bucket);
        if (answer.status == 404)
            return fail(Code::not_found, "there is no such bucket; make it",
                        client_.options().account.bucket);
        return expect("", answer);
    }

private:
    static Result<void> expect(const std::string& key, const S3Answer& answer) {
        if (answer.status >= 200 && answer.status < 300)
            return {};
        return refused(answer, key);
    }

    const Clock& clock_;
    S3Client client_;
};

/// Held back until it makes a part; a small object is one request at its end.
class S3Draft final : public Draft {
public:
    S3Draft(Bucket& bucket, std::string key) : bucket_(bucket), key_(std::move(key)) {}

    const std::string& token() const override { return token_; }

    Result<void> append(ByteView bytes, Deadline deadline) override {
        while (!bytes.empty()) {
            if (held_.size() == bucket_.part_bytes())
                CHECK_OK(send_part(deadline));
            const std::size_t take = std::min(bytes.size(), bucket_.part_bytes() - held_.size());
            held_ += bytes.substr(0, take);
            bytes.remove_prefix(take);
        }
        return {};
    }

    Result<std::uint64_t> sync(Deadline deadline) override {
        if (held_.size() == bucket_.part_bytes())
            CHECK_OK(send_part(deadline));
        return sent_;
    }

    Result<void> finish(Deadline deadline) override {
        if (parts_.empty())
            return bucket_.put(key_, held_, deadline);
        if (!held_.empty())
            CHECK_OK(send_part(deadline));
        return bucket_.complete(key_, token_, parts_, deadline);
    }

private:
    Result<void> send_part(Deadline deadline) {
        if (parts_.size() >= static_cast<std::size_t>(DirectParts::parts_max))
            return fail(Code::storage_full, "an object has at most 10,000 parts", key_);
        if (parts_.empty() && token_ == no_upload)
            token_ = TRY(bucket_.begin_upload(key_, deadline));
        parts_.push_back(TRY(
            bucket_.put_part(key_, token_, static_cast<int>(parts_.size()) + 1, held_, deadline)));
        sent_ += held_.size();
        held_.clear();
        return {};
    }

    static constexpr const char* no_upload = "none"; // sync() has told nothing either
    Bucket& bucket_;
    const std::string key_;
    std::string token_ = no_upload;
    Bytes held_;
    std::vector<StoredPart> parts_;
    std::uint64_t sent_ = 0;
};

class S3Store final : public Store, public DirectParts {
public:
    S3Store(S3Options options, const Clock& clock, Rng& rng)
        : bucket_(std::move(options), clock, rng) {}

    Result<void> look(Deadline deadline) { return bucket_.look(deadline); }

    Result<std::unique_ptr<Draft>> begin(const std::string& key, Deadline) override {
        ENSURE(is_key(key), "not a key for an object");
        return std::make_unique<S3Draft>(bucket_, key);
    }

    /// By the parts' tags: if the old writer replaces one meanwhile, the server
    /// refuses to join them.
    Result<void> adopt(const std::string& key, const std::string& token, std::uint64_t bytes,
                       Deadline deadline) override {
        auto parts = bucket_.parts(key, token, deadline);
        if (!parts && parts.error().code == Code::not_found)
            return bucket_.is_there(key, bytes, deadline); // joined before
        if (!parts)
            return std::move(parts).error();
        std::uint64_t have = 0;
        std::size_t used = 0;
        while (have < bytes && used < parts->size())
            have += (*parts)[used++].bytes;
        if (have < bytes)
            return fail(Code::corrupt, "the draft is shorter than was promised", key);
        parts->resize(used);
        return bucket_.complete(key, token, *parts, deadline);
    }

    Result<void> discard(const std::string& key, const std::string& token,
                         Deadline deadline) override {
        if (!token.empty())
            return bucket_.abort(key, token, deadline);
        return bucket_.abort_all(key, deadline);
    }

    Result<std::uint64_t> size(const std::string& key, Deadline deadline) override {
        return bucket_.size(key, deadline);
    }
    Result<Bytes> read(const std::string& key, std::uint64_t offset, std::size_t bytes,
                       Deadline deadline) override {
        return bucket_.read(key, offset, bytes, deadline);
    }
    Result<void> remove(const std::string& key, Deadline deadline) override {
        return bucket_.remove(key, deadline);
    }
    /// Uploads first: one that is being joined now becomes an object before, or never.
    Result<void> remove_series(const std::string& prefix, std::int64_t last,
                               const std::set<std::string>& spared, Deadline deadline) override {
        const auto meant = [&](const std::string& key) {
            const std::int64_t number = number_in_series(key, prefix);
            return number >= 1 && number <= last && !spared.contains(key);
        };
        CHECK_OK(bucket_.for_each(
            true, prefix + "/", deadline, [&](const std::string& key, const std::string& upload) {
                return meant(key) ? bucket_.abort(key, upload, deadline) : Result<void>();
            }));
        return bucket_.for_each(
            false, prefix + "/", deadline, [&](const std::string& key, const std::string&) {
                return meant(key) ? bucket_.remove(key, deadline) : Result<void>();
            });
    }
    Result<std::optional<std::uint64_t>> room() override { return std::optional<std::uint64_t>(); }

    DirectParts* direct() override { return bucket_.is_public() ? this : nullptr; }
    std::uint64_t part_bytes_min() const override { return bucket_.part_bytes(); }
    Result<std::string> begin_parts(const std::string& key, Deadline deadline) override {
        return bucket_.begin_upload(parts_of(key), deadline);
    }
    std::string url_of_part(const std::string& key, const std::string& token, int number,
                            std::uint64_t bytes, Duration lifetime) const override {
        return bucket_.public_url(parts_of(key), token, number, bytes, lifetime);
    }
    Result<std::vector<StoredPart>> parts(const std::string& key, const std::string& token,
                                          Deadline deadline) override {
        return bucket_.parts(parts_of(key), token, deadline);
    }
    /// Where another one joins them, too, what one look found is gone at the next, and more is
    /// there.
    Result<bool> join_parts(const std::string& key, const std::string& token,
                            const std::vector<StoredPart>& parts, std::uint64_t bytes,
                            Deadline deadline) override {
        auto done = join_some(key, token, parts, bytes, deadline);
        if (done || done.error().code != Code::not_found)
            return done;
        if (TRY(bucket_.has(key, bytes, deadline)))
            return join_some(key, token, {}, bytes, deadline);
        if (TRY(bucket_.has(parts_of(key), bytes, deadline)))
            return fail(Code::unavailable, "others join these parts; again", key);
        return done;
    }
    Result<void> drop_parts(const std::string& key, const std::string& token,
                            Deadline deadline) override {
        CHECK_OK(bucket_.abort(parts_of(key), token, deadline));
        CHECK_OK(bucket_.remove(parts_of(key), deadline));
        CHECK_OK(bucket_.abort_all(key, deadline));
        return bucket_.remove(key, deadline);
    }

private:
    Result<bool> join_some(const std::string& key, const std::string& token,
                           const std::vector<StoredPart>& parts, std::uint64_t bytes,
                           Deadline deadline) {
        const std::string from = parts_of(key);
        if (TRY(bucket_.has(key, bytes, deadline))) {
            CHECK_OK(bucket_.abort_all(key, deadline)); // a second copy that was begun late
            CHECK_OK(bucket_.remove(from, deadline));
            return true;
        }
        if (!TRY(bucket_.has(from, bytes, deadline))) {
            if (parts.empty())
                return fail(Code::not_found, "there are no parts", key);
            CHECK_OK(bucket_.complete(from, token, parts, deadline));
        }
        CHECK_OK(bucket_.copy_some(from, key, bytes, deadline));
        return false;
    }
    static std::string parts_of(const std::string& key) { return key + std::string(parts_suffix); }

    Bucket bucket_;
};

} // namespace

Result<std::unique_ptr<Store>> open_s3_store(S3Options options, const Clock& clock, Rng& rng,
                                             Deadline deadline) {
    auto store = std::make_unique<S3Store>(std::move(options), clock, rng);
    CHECK_OK(store->look(deadline));
    return store;
}

} // namespace bw::blob
