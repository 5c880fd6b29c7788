// SPDX-License-Identifier: Apache-2.0
#include "formats/torch_file.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <numeric>
#include <set>
#include <utility>

#include "base/format.h"
#include "formats/pickle.h"
#include "formats/zip_archive.h"
#include "seben/error.h"
#include "tensor/shape_product.h"

namespace seben::tensor {
namespace {

constexpr std::size_t kMaxTorchRank = 8;
constexpr std::size_t kMaxDepth = 16;
constexpr std::size_t kMaxKeys = 200'000;
constexpr std::size_t kPieceBytes = std::size_t{1} << 20;
constexpr std::int64_t kMaxElements = std::int64_t{1} << 48;

constexpr std::string_view kTensor = "torch._utils _rebuild_tensor_v2";
constexpr std::string_view kParameter = "torch._utils _rebuild_parameter";
// How PyTorch stores the types that came after its typed storages. None is read: they are let in to be named in errors.
constexpr std::string_view kTensorOfNewType = "torch._utils _rebuild_tensor_v3";
constexpr std::array<std::string_view, 8> kNewTypes{
    "torch float8_e4m3fn",  "torch float8_e4m3fnuz", "torch float8_e5m2", "torch float8_e5m2fnuz",
    "torch float8_e8m0fnu", "torch uint16",          "torch uint32",      "torch uint64"};

struct StorageType {
  std::string_view global;
  DType dtype;
};
constexpr std::array<StorageType, 10> kStorages{{{"torch FloatStorage", DType::f32},
                                                 {"torch HalfStorage", DType::f16},
                                                 {"torch BFloat16Storage", DType::bf16},
                                                 {"torch DoubleStorage", DType::f64},
                                                 {"torch LongStorage", DType::i64},
                                                 {"torch IntStorage", DType::i32},
                                                 {"torch ShortStorage", DType::i16},
                                                 {"torch CharStorage", DType::i8},
                                                 {"torch ByteStorage", DType::u8},
                                                 {"torch BoolStorage", DType::boolean}}};

std::set<std::string, std::less<>> permitted_globals() {
  std::set<std::string, std::less<>> globals{std::string(kTensor), std::string(kParameter),
                                             std::string(kTensorOfNewType), "torch.storage UntypedStorage",
                                             "collections OrderedDict"};
  for (const std::string_view type : kNewTypes) globals.emplace(type);
  for (const StorageType& type : kStorages) globals.emplace(type.global);
  return globals;
}

// Of a contiguous tensor, whose shape was checked; axes of size 1 may have any.
Shape row_major_strides(const Shape& shape) {
  Shape strides(shape.size());
  std::int64_t stride = 1;
  for (std::size_t i = shape.size(); i-- > 0;) {
    strides[i] = stride;
    stride *= std::max<std::int64_t>(shape[i], 1);
  }
  return strides;
}

// Whether some order of the axes makes the elements contiguous: each of them once, without gaps.
bool is_dense(const Shape& shape, const Shape& strides) {
  std::vector<std::size_t> axes;
  for (std::size_t i = 0; i < shape.size(); ++i) {
    if (shape[i] != 1) axes.push_back(i);
  }
  std::ranges::sort(axes, {}, [&](std::size_t i) { return strides[i]; });
  std::int64_t expected = 1;
  for (const std::size_t i : axes) {
    if (strides[i] != expected) return false;
    expected *= shape[i];
  }
  return true;
}

// Walks the tree of values and collects what it holds.
class Collector {
 public:
  Collector(const Pickle& pickle, const ZipArchive& archive, std::string folder, const std::string& source)
      : pickle_(pickle), archive_(archive), folder_(std::move(folder)), source_(source) {}

  void walk(Pickle::Id id, const std::string& name, std::size_t depth) {
    if (depth > kMaxDepth) fail(name, base::format("at most {} levels", kMaxDepth), "more");
    if (++visited_ > kMaxKeys) fail("data.pkl", base::format("at most {} entries", kMaxKeys), "more");
    const Pickle::Value& value = pickle_.at(id);
    switch (value.kind) {
      case Pickle::Kind::dict:
        for (std::size_t i = 0; i < value.items.size(); i += 2) {
          walk(value.items[i + 1], below(name, key_of(value.items[i], name)), depth + 1);
        }
        break;
      case Pickle::Kind::list:
      case Pickle::Kind::tuple:
        for (std::size_t i = 0; i < value.items.size(); ++i) {
          walk(value.items[i], below(name, std::to_string(i)), depth + 1);
        }
        break;
      case Pickle::Kind::call: add(read_tensor(id, name)); break;
      case Pickle::Kind::integer: integers[name] = value.integer; break;
      default: break;  // texts, flags and the like say nothing of the weights
    }
  }

  std::vector<TorchTensor> tensors;
  std::map<std::string, std::int64_t, std::less<>> integers;

 private:
  struct Storage {
    DType dtype = DType::f32;
    std::span<const std::byte> bytes;
    std::int64_t elements = 0;
  };

  [[noreturn]] void fail(const std::string& name, std::string expected, std::string found) const {
    throw Error(ErrorCategory::bad_data, source_ + ": " + name, std::move(expected), std::move(found));
  }

  static std::string below(const std::string& name, const std::string& key) {
    return name.empty() ? key : name + "." + key;
  }
  [[nodiscard]] std::string key_of(Pickle::Id id, const std::string& name) const {
    const Pickle::Value& key = pickle_.at(id);
    if (key.kind == Pickle::Kind::integer) return std::to_string(key.integer);
    if (key.kind != Pickle::Kind::text || key.text.empty() || key.text.size() > 1024) {
      fail(name.empty() ? "keys" : name, "keys that are short texts or whole numbers",
           std::string(to_string(key.kind)));
    }
    return key.text;
  }

  void add(TorchTensor tensor) {
    if (!names_.insert(tensor.name).second) fail(tensor.name, "every tensor once", "it twice");
    tensors.push_back(std::move(tensor));
  }

  [[nodiscard]] std::int64_t integer(Pickle::Id id, const std::string& name, const char* what) const {
    const Pickle::Value& value = pickle_.at(id);
    if (value.kind != Pickle::Kind::integer || value.integer < 0 || value.integer > kMaxElements) {
      fail(name + ": " + what, base::format("0 to {}", kMaxElements),
           value.kind == Pickle::Kind::integer ? std::to_string(value.integer) : std::string(to_string(value.kind)));
    }
    return value.integer;
  }
  [[nodiscard]] Shape integers_of(Pickle::Id id, const std::string& name, const char* what) const {
    const Pickle::Value& tuple = pickle_.at(id);
    if (tuple.kind != Pickle::Kind::tuple || tuple.items.size() > kMaxTorchRank) {
      fail(name + ": " + what, base::format("a tuple of at most {}", kMaxTorchRank),
           std::string(to_string(tuple.kind)));
    }
    Shape shape;
    for (const Pickle::Id item : tuple.items) shape.push_back(integer(item, name, what));
    return shape;
  }
  [[nodiscard]] const std::vector<Pickle::Id>& arguments_of(const Pickle::Value& call, std::size_t count,
                                                            const std::string& name) const {
    const std::vector<Pickle::Id>& arguments = pickle_.at(call.items[1]).items;
    if (arguments.size() < count) {
      fail(name, base::format("{} arguments of {}", count, pickle_.at(call.items[0]).text),
           std::to_string(arguments.size()));
    }
    return arguments;
  }

  // A parameter is a tensor with flags around it.
  [[nodiscard]] TorchTensor read_tensor(Pickle::Id id, const std::string& name) const {
    const Pickle::Value* call = &pickle_.at(id);
    if (call->kind == Pickle::Kind::call && pickle_.at(call->items[0]).text == kParameter) {
      call = &pickle_.at(arguments_of(*call, 1, name)[0]);
    }
    if (call->kind == Pickle::Kind::call && pickle_.at(call->items[0]).text == kTensorOfNewType) {
      fail(name, "F32, F16, BF16 or another type that is read", pickle_.at(arguments_of(*call, 7, name)[6]).text);
    }
    if (call->kind != Pickle::Kind::call || pickle_.at(call->items[0]).text != kTensor) {
      fail(name, "a tensor", std::string(to_string(call->kind)));
    }
    const std::vector<Pickle::Id>& arguments = arguments_of(*call, 4, name);
    const Storage storage = read_storage(arguments[0], name);
    const std::int64_t offset = integer(arguments[1], name, "storage_offset");
    TorchTensor tensor{name, storage.dtype, integers_of(arguments[2], name, "size"),
                       integers_of(arguments[3], name, "stride"), nullptr};
    check_extent(tensor, storage, offset);
    tensor.data = storage.bytes.data() + static_cast<std::size_t>(offset) * size_of(tensor.dtype);
    return tensor;
  }

  void check_extent(const TorchTensor& tensor, const Storage& storage, std::int64_t offset) const {
    if (tensor.shape.size() != tensor.strides.size()) {
      fail(tensor.name, base::format("{} strides", tensor.shape.size()), std::to_string(tensor.strides.size()));
    }
    const auto counted = checked_elements(tensor.shape, kMaxElements);
    if (!counted) fail(tensor.name, "a tensor that fits in a file", "shape " + to_string(tensor.shape));
    const std::int64_t elements = *counted;
    if (elements != 0 && !is_dense(tensor.shape, tensor.strides)) {
      fail(tensor.name, "contiguous elements, perhaps transposed",
           base::format("strides {} of shape {}", to_string(tensor.strides), to_string(tensor.shape)));
    }
    if (offset > storage.elements || elements > storage.elements - offset) {
      fail(tensor.name, base::format("a storage of {} elements from {}", elements, offset),
           std::to_string(storage.elements));
    }
  }

  // ('storage', type, key, device, elements)
  [[nodiscard]] Storage read_storage(Pickle::Id id, const std::string& name) const {
    const Pickle::Value& persistent = pickle_.at(id);
    if (persistent.kind != Pickle::Kind::persistent) fail(name, "a storage", std::string(to_string(persistent.kind)));
    const Pickle::Value& description = pickle_.at(persistent.items[0]);
    const bool known = description.kind == Pickle::Kind::tuple && description.items.size() == 5 &&
                       pickle_.at(description.items[0]).text == "storage";
    if (!known) fail(name, "a storage as torch.save describes it", "another persistent value");
    const std::string& global = pickle_.at(description.items[1]).text;
    const auto type = std::ranges::find(kStorages, global, &StorageType::global);
    if (type == kStorages.end()) fail(name, "a storage of a known type", global);
    Storage storage{type->dtype, archive_.require(folder_ + "data/" + pickle_.at(description.items[2]).text),
                    integer(description.items[4], name, "elements of the storage")};
    if (static_cast<std::uint64_t>(storage.elements) * size_of(storage.dtype) > storage.bytes.size()) {
      fail(name, base::format("a storage of {} elements of {}", storage.elements, to_string(storage.dtype)),
           base::format("{} bytes", storage.bytes.size()));
    }
    return storage;
  }

  const Pickle& pickle_;
  const ZipArchive& archive_;
  std::string folder_;
  const std::string& source_;
  std::size_t visited_ = 0;
  std::set<std::string, std::less<>> names_;
};

// What stands before "data.pkl": the archive's own name and a slash.
std::string folder_of(const ZipArchive& archive, const std::string& source) {
  constexpr std::string_view kName = "data.pkl";
  std::string folder;
  bool found = false;
  for (const auto& [name, bytes] : archive.entries()) {
    if (!name.ends_with(kName)) continue;
    const std::string before = name.substr(0, name.size() - kName.size());
    if (before.find('/') != (before.empty() ? std::string::npos : before.size() - 1)) continue;
    if (found) throw Error(ErrorCategory::bad_data, source, "one data.pkl in the archive", "several");
    folder = before;
    found = true;
  }
  if (!found) throw Error(ErrorCategory::bad_data, source, "a PyTorch checkpoint (data.pkl in the archive)", "none");
  return folder;
}

void require_little_endian(const ZipArchive& archive, const std::string& folder, const std::string& source) {
  const auto found = archive.entries().find(folder + "byteorder");
  if (found == archive.entries().end()) return;  // PyTorch before 2.1
  const std::string_view order(reinterpret_cast<const char*>(found->second.data()), found->second.size());
  if (order == "little") return;
  throw Error(ErrorCategory::bad_data, source + ": byteorder", "little", std::string(order.substr(0, 16)));
}

}  // namespace

bool TorchTensor::is_contiguous() const noexcept {
  const Shape expected = row_major_strides(shape);
  for (std::size_t i = 0; i < shape.size(); ++i) {
    if (shape[i] == 0) return true;
    if (shape[i] != 1 && strides[i] != expected[i]) return false;
  }
  return true;
}

void stream_elements(const TorchTensor& tensor, const ByteSink& sink) {
  const std::size_t size = size_of(tensor.dtype);
  const std::size_t rank = tensor.shape.size();
  std::int64_t left = checked_elements(tensor.shape).value_or(0);
  Shape at(rank, 0);
  std::int64_t offset = 0;
  std::vector<std::byte> piece;
  while (left-- > 0) {
    const std::byte* element = tensor.data + static_cast<std::size_t>(offset) * size;
    piece.insert(piece.end(), element, element + size);
    if (piece.size() >= kPieceBytes || left == 0) {
      sink(piece);
      piece.clear();
    }
    for (std::size_t axis = rank; axis-- > 0;) {  // the next index, last axis first
      offset += tensor.strides[axis];
      if (++at[axis] < tensor.shape[axis]) break;
      offset -= tensor.strides[axis] * tensor.shape[axis];
      at[axis] = 0;
    }
  }
}

TorchFile TorchFile::open(const std::string& path) {
  TorchFile file;
  file.file_ = base::MappedFile::open(path);
  file.bytes_ = file.file_->bytes();
  file.source_ = path;
  file.parse();
  return file;
}

TorchFile TorchFile::view(std::span<const std::byte> bytes, const std::string& source) {
  TorchFile file;
  file.bytes_ = bytes;
  file.source_ = source;
  file.parse();
  return file;
}

void TorchFile::parse() {
  if (!ZipArchive::is_one(bytes_)) {
    throw Error(ErrorCategory::bad_data, source_, "a zip archive, as torch.save writes since PyTorch 1.6",
                bytes_.empty() ? "an empty file" : "something else");
  }
  const ZipArchive archive(bytes_, source_);
  const std::string folder = folder_of(archive, source_);
  require_little_endian(archive, folder, source_);
  const Pickle pickle =
      Pickle::read(archive.require(folder + "data.pkl"), source_ + ": " + folder + "data.pkl", permitted_globals());
  Collector collector(pickle, archive, folder, source_);
  collector.walk(pickle.root(), "", 0);
  tensors_ = std::move(collector.tensors);
  integers_ = std::move(collector.integers);
}

std::unique_ptr<ComposedWeights> compose(const std::shared_ptr<const TorchFile>& file,
                                         const std::function<std::string(std::string_view)>& rename) {
  auto weights = std::make_unique<ComposedWeights>(file->source(), file, file->file());
  for (const TorchTensor& tensor : file->tensors()) {
    const std::string name = rename(tensor.name);
    if (name.empty()) continue;
    TensorView view{name, file->source(), tensor.dtype, tensor.shape, tensor.data};
    if (tensor.is_contiguous()) {
      weights->add(std::move(view));
    } else {
      weights->add(std::move(view), [&tensor](const ByteSink& sink) { stream_elements(tensor, sink); });
    }
  }
  return weights;
}

}  // namespace seben::tensor
