#include "blob/s3_store.hpp"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>
#include <pugixml.hpp>

#include "base/ensure.hpp"
#include "blob/s3_client.hpp"

namespace bw::blob {

namespace {

constexpr std::size_t part_bytes_min = 5 * 1024 * 1024;
constexpr int parts_limit = 10'000; // S3's

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

struct StoredPart {
    int number = 0;
    std::string etag;
    std::uint64_t bytes = 0;
};

/// What the store and its drafts ask of the server.
class Bucket {
public:
    Bucket(S3Options options, const Clock& clock, Rng& rng)
        : client_(std::move(options), clock, rng) {}

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
                                part.number, part.etag);
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

    Result<void> abort(const std::string& key, const std::string& upload, Deadline deadline) {
        const S3Answer answer = TRY(client_.call(
            {.method = "DELETE", .key = key, .query = {{"uploadId", upload}}}, deadline));
        return answer.status == 404 ? Result<void>() : expect(key, answer);
    }

    /// Of this very key.
    Result<std::vector<std::string>> uploads(const std::string& key, Deadline deadline) {
        const S3Answer answer = TRY(client_.call(
            {.method = "GET", .key = "", .query = {{"prefix", key}, {"uploads", ""}}}, deadline));
        CHECK_OK(expect(key, answer));
        const auto document = TRY(document_of(answer, key));
        std::vector<std::string> out;
        for (const pugi::xml_node upload : document.document_element().children("Upload"))
            if (key == upload.child_value("Key"))
                out.emplace_back(upload.child_value("UploadId"));
        return out;
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
        if (parts_.size() >= static_cast<std::size_t>(parts_limit))
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

class S3Store final : public Store {
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
        for (const std::string& upload : TRY(bucket_.uploads(key, deadline)))
            CHECK_OK(bucket_.abort(key, upload, deadline));
        return {};
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
    Result<std::optional<std::uint64_t>> room() override { return std::optional<std::uint64_t>(); }

private:
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
