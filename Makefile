# 育才. `make serve` and `make test` are all that a newcomer needs; see README.md.
.PHONY: serve test dev bench fmt build check
SHELL := /bin/bash

serve: ## 安装缺的、构建发布版、在 ./data 里建库并启动（演示人员）
	@tools/build.sh release
	@. tools/lib/env.sh && "$$TARGET/release/yucai" serve --demo

build: ## 只构建发布版
	@tools/build.sh release

test: ## 证明这个项目的一切
	@tools/test.sh

dev: ## 改了就重新构建、重新启动（演示数据在 ./data）
	@tools/dev.sh

bench: ## 按预算测速
	@tools/bench.sh

fmt: ## 整理格式
	@cargo fmt --all

check: ## 检查内容文件夹
	@tools/build.sh ci && . tools/lib/env.sh && "$$TARGET/ci/yucai" check content
