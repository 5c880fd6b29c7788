# The generated reading and writing of src/apple/package/proto: foreign code, so without our warnings.
set(proto_dir ${PROJECT_SOURCE_DIR}/src/apple/package/proto)
set(proto_out ${PROJECT_BINARY_DIR}/proto)
file(MAKE_DIRECTORY ${proto_out})
set(proto_sources)
foreach(name MIL Model)
  add_custom_command(
    OUTPUT ${proto_out}/${name}.pb.cc ${proto_out}/${name}.pb.h
    COMMAND protobuf::protoc --proto_path=${proto_dir} --cpp_out=${proto_out} ${name}.proto
    DEPENDS ${proto_dir}/MIL.proto ${proto_dir}/${name}.proto
    VERBATIM)
  list(APPEND proto_sources ${proto_out}/${name}.pb.cc)
endforeach()
add_library(seben_coreml_proto STATIC ${proto_sources})
target_include_directories(seben_coreml_proto SYSTEM PUBLIC ${proto_out})
target_link_libraries(seben_coreml_proto PUBLIC protobuf::libprotobuf-lite)
