# Turns files into one C++ source. Hex bytes and not string literals: no length limit, no quoting to get wrong.
string(REPLACE "," ";" names "${NAMES}")
set(arrays "")
set(table "")
set(index 0)
foreach(name IN LISTS names)
  file(READ "${FOLDER}/${name}" hex HEX)
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "'\\\\x\\1'," bytes "${hex}")
  string(APPEND arrays "constexpr char kFile${index}[] = {${bytes}'\\0'};\n")
  string(APPEND table "    if (name == \"${name}\") return {kFile${index}, sizeof kFile${index} - 1};\n")
  math(EXPR index "${index} + 1")
endforeach()
file(WRITE "${OUTPUT}" "#include \"resources/resources.h\"

namespace looptax {

namespace {

${arrays}
} // namespace

std::string_view resource(std::string_view name) {
${table}    return {};
}

} // namespace looptax
")
