#!/bin/sh
# 由 HTML 做讲义 PDF。用法：sh tools/handout/make.sh
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
out="$root/content/courses/C07/media/xinxi-shouji-qingdan.pdf"
mkdir -p "$(dirname "$out")"
/usr/bin/chromium --headless --no-sandbox --disable-gpu --no-pdf-header-footer \
  --print-to-pdf="$out" "file://$here/xinxi-shouji-qingdan.html" 2>/dev/null
ls -l "$out"
