# A private Kubernetes for tests in shell: . tests/lib/tap.sh, then this. It is the
# real API server on a real etcd, and the controllers of CronJobs, Jobs and
# Deployments; there is no node, so that Pods are made and none runs. tests/kube-parts
# brings the programs.
# shellcheck shell=bash

kube_dir=${XDG_CACHE_HOME:-$HOME/.cache}/s3pipe/kube

kube_needed() {
    local program
    PATH=$kube_dir/bin:$PATH
    for program in etcd helm kubectl kube-apiserver kube-controller-manager; do
        [ -x "$kube_dir/bin/$program" ] || skip_all "no $program: tests/kube-parts brings it"
    done
}
# free_ports N: that many ports of 127.0.0.1 that nobody has, in $ports.
free_ports() {
    mapfile -t ports < <(/usr/bin/python3 -c '
import socket, sys
held = [socket.create_server(("127.0.0.1", 0)) for _ in range(int(sys.argv[1]))]
for s in held:
    print(s.getsockname()[1])' "$1")
}
# kube_run PROGRAM ARGUMENT...: until the test ends.
kube_run() {
    "$@" >"$T/kube/$1.log" 2>&1 &
    at_exit "kill $! 2>/dev/null; wait $!"
}
# etcd_directory: where a sync costs nothing, if there is such a place.
etcd_directory() {
    local base=/dev/shm
    [ -w "$base" ] || base=$T
    mktemp -d "$base/s3pipe-etcd.XXXXXX"
}
# kube_start: KUBECONFIG is exported.
kube_start() {
    local ports etcd api data
    mkdir "$T/kube"
    free_ports 4
    etcd=http://127.0.0.1:${ports[0]} api=https://127.0.0.1:${ports[2]}
    openssl genrsa -out "$T/kube/account.key" 2048 2>/dev/null
    printf 'token,admin,admin,system:masters\n' >"$T/kube/tokens"
    export KUBECONFIG=$T/kube/config HELM_CACHE_HOME=$T/kube/helm HELM_CONFIG_HOME=$T/kube/helm HELM_DATA_HOME=$T/kube/helm
    export KUBECACHEDIR=$T/kube/cache NO_PROXY=127.0.0.1 no_proxy=127.0.0.1
    data=$(etcd_directory)
    at_exit "rm -rf $data"
    kube_run etcd --data-dir "$data" --listen-client-urls "$etcd" --advertise-client-urls "$etcd" \
        --listen-peer-urls "http://127.0.0.1:${ports[1]}" --initial-advertise-peer-urls "http://127.0.0.1:${ports[1]}" \
        --initial-cluster "default=http://127.0.0.1:${ports[1]}"
    kube_run kube-apiserver --etcd-servers "$etcd" --bind-address 127.0.0.1 --secure-port "${ports[2]}" \
        --advertise-address 127.0.0.1 --endpoint-reconciler-type none --cert-dir "$T/kube" \
        --service-cluster-ip-range 10.0.0.0/24 --disable-admission-plugins ResourceQuota --authorization-mode RBAC --token-auth-file "$T/kube/tokens" \
        --service-account-issuer "$api" --service-account-key-file "$T/kube/account.key" \
        --service-account-signing-key-file "$T/kube/account.key"
    kubectl config set-cluster test --server "$api" --insecure-skip-tls-verify >/dev/null
    kubectl config set-credentials admin --token token >/dev/null
    kubectl config set-context test --cluster test --user admin >/dev/null
    kubectl config use-context test >/dev/null
    await 60 kubectl get --raw /readyz || kube_failed kube-apiserver
    kube_run kube-controller-manager --kubeconfig "$KUBECONFIG" --leader-elect=false --bind-address 127.0.0.1 \
        --secure-port "${ports[3]}" --cert-dir "$T/kube/controllers" --service-account-private-key-file "$T/kube/account.key" \
        --controllers cronjob-controller,job-controller,deployment-controller,replicaset-controller,serviceaccount-controller
    await 30 kubectl get serviceaccount default || kube_failed kube-controller-manager
}
kube_failed() { # PROGRAM
    printf 'Bail out! %s did not start: %s\n' "$1" "$(grep -E 'E[0-9]{4}|[Ee]rror' "$T/kube/$1.log" | tail -3 | tr '\n' ' ')"
    exit 1
}
