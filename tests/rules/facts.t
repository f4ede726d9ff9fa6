# Keywords on facts: known, closed and open. RULES <= PACKET => VERDICT, see tests/unit/test_rules.c
app tls via vpn <= tcp app=tls => via vpn
app tls via vpn <= tcp => none
app tls via vpn <= tcp open => more none
not app tls via vpn <= tcp open => more none
not app tls via vpn <= tcp => via vpn
not app tls via vpn <= tcp app=tls => none
app { tls, quic } via vpn <= udp app=quic => via vpn
set s app { tls }; app @s via vpn <= tcp app=tls => via vpn
app tls via vpn; tcp via lte <= tcp open => more via lte
tcp via lte; app tls udp via vpn <= tcp open => via lte
app tls dport 443 via vpn <= tcp dport=80 open => none
host www.example.com via vpn <= tcp host=www.example.com => via vpn
host www.example.com via vpn <= tcp host=WWW.Example.COM. => via vpn
host WWW.EXAMPLE.COM. via vpn <= tcp host=www.example.com:443 => via vpn
host www.example.com via vpn <= tcp host=a.www.example.com => none
host www.example.com via vpn <= tcp host=ww.example.com => none
host www.example.com via vpn <= tcp open => more none
host www.example.com via vpn <= tcp => none
host .example.com via vpn <= tcp host=example.com => via vpn
host .example.com via vpn <= tcp host=a.b.c.example.com => via vpn
host .example.com via vpn <= tcp host=badexample.com => none
host .example.com via vpn <= tcp host=example.com.evil.net => none
host *.example.com via vpn <= tcp host=example.com => none
host *.example.com via vpn <= tcp host=a.b.example.com => via vpn
host *cdn*.net via vpn <= tcp host=a.mycdn7.net => via vpn
host *cdn*.net via vpn <= tcp host=a.mycdn7.com => none
host *cdn* via vpn <= tcp host=cdn => via vpn
host w*w.*.com via vpn <= tcp host=wxyw.a.b.com => via vpn
host /^r[0-9]+---sn-.*\.googlevideo\.com$/ via vpn <= tcp host=r4---sn-abc.googlevideo.com => via vpn
host /^R[0-9]\.A$/ via vpn <= tcp host=r4.a => via vpn
host /^r[0-9]+\.a$/ via vpn <= tcp host=xr4.a => none
host bücher.example via vpn <= tcp host=xn--bcher-kva.example => via vpn
host .BÜCHER.example via vpn <= tcp host=www.xn--bcher-kva.example => via vpn
host 192.0.2.1 via vpn <= tcp host=192.0.2.1:8080 => via vpn
host 2001:db8::1 via vpn <= tcp host=[2001:DB8:0::1]:443 => via vpn
host [2001:db8::1] via vpn <= tcp host=[2001:db8:0:0:0:0:0:1] => via vpn
host localhost via vpn <= tcp host=localhost => via vpn
host { a.example, .b.example } via vpn <= tcp host=x.b.example => via vpn
host a.example late reset via vpn <= tcp host=a.example => via vpn
host a.example late switch via vpn <= tcp host=a.example => via vpn
host a.example late switch via any <= tcp host=b.example => none
option late reset; option late-reset-interval 90s; host a.example via vpn <= tcp host=a.example => via vpn
option late switch; host a.example late leave main <= tcp host=a.example => main
set v host { .a.example, b.example }; host @v late rehome via vpn <= tcp host=x.a.example => via vpn
not host .example.com via vpn <= tcp host=example.org => via vpn
not host .example.com via vpn <= tcp open => more none
# lists of names: plain lines are domains
host { file "lists/plain.txt" } via vpn <= tcp host=one.example => via vpn
host { file "lists/plain.txt" } via vpn <= tcp host=www.one.example => via vpn
host { file "lists/plain.txt" } via vpn <= tcp host=two.example => via vpn
host { file "lists/plain.txt" } via vpn <= tcp host=three.example => none
host { file "lists/plain.txt" } via vpn <= tcp host=x.three.example => via vpn
host { file "lists/plain.txt" } via vpn <= tcp host=s77.four.example => via vpn
host { file "lists/plain.txt" } via vpn <= tcp host=xn--fnf-hoa.example => via vpn
host { file "lists/plain.txt" } via vpn <= tcp host=six.example => none
host { file "lists/hosts.txt" } via vpn <= tcp host=ads.example => via vpn
host { file "lists/hosts.txt" } via vpn <= tcp host=more.ads.example => via vpn
host { file "lists/hosts.txt" } via vpn <= tcp host=x.ads.example => none
host { file "lists/hosts.txt" } via vpn <= tcp host=v6.example => via vpn
host { file "lists/blocker.txt" } via vpn <= tcp host=track.one.example => via vpn
host { file "lists/blocker.txt" } via vpn <= tcp host=two.example => via vpn
host { file "lists/v2fly.txt" } via vpn <= tcp host=sub.domain.example => via vpn
host { file "lists/v2fly.txt" } via vpn <= tcp host=full.example => via vpn
host { file "lists/v2fly.txt" } via vpn <= tcp host=x.full.example => none
host { file "lists/v2fly.txt" } via vpn <= tcp host=my-keyword-x.net => via vpn
host { file "lists/v2fly.txt" } via vpn <= tcp host=r1.regexp.example => via vpn
host { file "lists/v2fly.txt" } via vpn <= tcp host=a.bare.example => via vpn
host { file "lists/dnsmasq.txt" } via vpn <= tcp host=x.one.example => via vpn
host { file "lists/dnsmasq.txt" } via vpn <= tcp host=two.example => via vpn
host { file "lists/dnsmasq.txt" } via vpn <= tcp host=three.example => via vpn
host { file "lists/dnsmasq.txt" } via vpn <= tcp host=four.example => via vpn
# what the client offers
alpn h2 via vpn <= tcp alpn=h2,http/1.1 => via vpn
alpn http/1.1 via vpn <= tcp alpn=h2,http/1.1 => via vpn
alpn http/1 via vpn <= tcp alpn=h2,http/1.1 => none
alpn { h3, h3-29 } via vpn <= udp alpn=h3-29 => via vpn
alpn h3* via vpn <= udp alpn=h2,h3-29 => via vpn
alpn h2 via vpn <= tcp open => more none
path /live/stream via vpn <= tcp path=/live/stream => via vpn
path /live/* via vpn <= tcp path=/live/a/b => via vpn
path "/live/" via vpn <= tcp path=/live/ => via vpn
path "/live/" via vpn <= tcp path=/x/live/ => none
path /live/ via vpn <= tcp path=/x/alive?b => via vpn
path /\.m3u8(\?|$)/i via vpn <= tcp path=/a/B.M3U8?x => via vpn
path /a/x via vpn <= tcp path=/b/abc => via vpn
path live via vpn <= tcp path=live => via vpn
path /A via vpn <= tcp path=/a => none
path live via vpn <= tcp open => more none
ech yes via vpn <= tcp ech=yes => via vpn
ech yes via vpn <= tcp ech=no => none
ech no via vpn <= tcp ech=no => via vpn
ech no via vpn <= tcp => none
ech yes via vpn <= tcp open => more none
# bytes
payload /^\x13BitTorrent protocol/ drop <= tcp data=\x13BitTorrent\sprotocol => drop
payload /^\x13BitTorrent protocol/ drop <= tcp data=\x13BitTorrent\sprotocolX open => drop
payload /^\x13BitTorrent protocol/ drop <= tcp data=\x13BitTor open => more none
payload /^\x13BitTorrent protocol/ drop <= tcp data=\x13BitTor => none
payload /^\x13BitTorrent protocol/ drop <= tcp data=\x13BitTox open => none
payload /^\x13BitTorrent protocol/ drop <= tcp open => more none
payload /needle/ drop <= tcp data=hay open => more none
payload /needle/ drop <= tcp data=hayneedlehay open => drop
payload /needle/ drop <= tcp data=hay => none
payload /NEEDLE/i drop <= tcp data=needle => drop
payload /a.c/ drop <= tcp data=a\x0ac => none
payload /a.c/s drop <= tcp data=a\x0ac => drop
payload /a b # c/x drop <= tcp data=ab => drop
payload /^GET .*HTTP/ drop <= tcp data=GET\s/x\sHTTP open => drop
payload /^GET .*HTTP$/ drop <= tcp data=GET\s/x\sHTTP open => more none
payload /^GET .*HTTP$/ drop <= tcp data=GET\s/x\sHTTP => drop
payload /^a(?!b)/ drop <= tcp data=a open => more none
payload /^a(?!b)/ drop <= tcp data=ac open => drop
payload /^a(?!b)/ drop <= tcp data=ab open => none
payload /x/@4-7 drop <= tcp data=x123567x => drop
payload /x/@4-7 drop <= tcp data=x1235678x => none
payload /x/@4-7 drop <= tcp data=x1235678x open => none
payload /x/@4-7 drop <= tcp data=x123 open => more none
payload /^x/@4-7 drop <= tcp data=0123x open => drop
payload /a\/b/ drop <= tcp data=a/b => drop
payload /\xff\x00/ drop <= tcp data=\xff\x00 => drop
payload { /^one/, /^two/ } drop <= tcp data=twofold => drop
payload { /^one/, /^two/ } drop <= tcp data=tw open => more none
not payload /^one/ drop <= tcp data=two open => drop
not payload /^one/ drop <= tcp data=on open => more none
set p payload { /^one/ }; payload @p drop <= tcp data=one => drop
payload /^(a+)+$/ drop <= tcp data=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab => none
