#!/usr/bin/env bash
# What Headway is compared with: one new image, from the registry to a tested release, by git, helm and one S3 process.
# It is written as a team would write it that knows its tools: warm helm caches, one Python process for all of S3 (started
# first, so that its imports overlap with git), upgrade from the local package, no waiting that can be left out.
# It prints "phase <name> <seconds>" for each phase. It does not look what is deployed, plan, roll back or keep a record.
#
# usage: plain_script.sh SERVICE IMAGE TAG, with
#   GIT_URL BUCKET RELEASE NAMESPACE ENVIRONMENT   where (BUCKET: or bucket/prefix)
#   PYTHON S3_PROCESS JOB_PROGRAM CRANE            programs
#   INDEX_OPTIONS                                  for `helm repo index`, such as --json
# and with helm, sops, git and KUBECONFIG as usual.
set -euo pipefail
service=$1 image=$2 tag=$3

began=$EPOCHREALTIME
phase() {
  local now=$EPOCHREALTIME
  awk -v name="$1" -v from="$began" -v to="$now" 'BEGIN { printf "phase %s %.3f\n", name, to - from }'
  began=$EPOCHREALTIME
}

work=$(mktemp -d)
secrets=$(mktemp -p /dev/shm)
trap 'rm -rf "$work" "$secrets"' EXIT

coproc S3 { exec "$PYTHON" "$S3_PROCESS" "$BUCKET"; }
s3() {
  local answer
  echo "$*" >&"${S3[1]}"
  read -r answer <&"${S3[0]}"
  [ "$answer" = ok ] || { echo "S3: $* failed: $answer" >&2; exit 1; }
}

# The image is there, and the application repository.
"$CRANE" digest "$image:$tag" >"$work/digest"
git clone --quiet --depth 1 "$GIT_URL" "$work/application"
cd "$work/application"
phase look

# Tag and version in one commit.
sed -i "/^$service:/,/^[^ ]/ s|^    tag: .*|    tag: \"$tag\"|" values.yaml
version=$(awk '/^version:/ { gsub(/"/, "", $2); split($2, part, "."); print part[1] "." part[2] "." part[3] + 1 }' Chart.yaml)
sed -i "s|^version: .*|version: $version|" Chart.yaml
git commit --quiet --all --message "Update $service to $tag"
git push --quiet
phase bump

# The umbrella with its dependencies, at the versions of Chart.lock.
helm dependency build --skip-refresh . >/dev/null
phase dependencies

sops decrypt "secrets/$ENVIRONMENT.yaml" >"$secrets"
values=(--values "values/$ENVIRONMENT.yaml" --values "$secrets")
helm lint --quiet "${values[@]}" . >/dev/null
mkdir "$work/new"
helm package --destination "$work/new" . >/dev/null
package=$(echo "$work"/new/*.tgz)
phase validate_and_package

s3 get index.yaml "$work/index.yaml"
# shellcheck disable=SC2086 # several options, or none
helm repo index ${INDEX_OPTIONS:-} --merge "$work/index.yaml" "$work/new"
s3 put "${package##*/}" "$package"
s3 put index.yaml "$work/new/index.yaml"
phase publish

helm upgrade --install "$RELEASE" "$package" --namespace "$NAMESPACE" "${values[@]}" --wait --timeout 5m --hide-notes >/dev/null
phase upgrade

helm test "$RELEASE" --namespace "$NAMESPACE" --logs --timeout 5m >/dev/null
if grep -q '^tests:' headway.yaml; then
  "$PYTHON" -S "$JOB_PROGRAM" "$NAMESPACE" headway.yaml
fi
phase tests
