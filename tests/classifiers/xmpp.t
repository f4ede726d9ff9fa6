# see README.md
+ xmpp host=example.org | tcp 5222 | "<?xml version='1.0'?>\n<stream:stream xmlns='jabber:client' to='Example.org' version='1.0' xmlns:stream='http://etherx.jabber.org/streams'>"
+ xmpp host=chat.example.net | tcp | "<stream:stream to=\"chat.example.net\" xmlns=\"jabber:server\">"
+ xmpp | tcp | "<stream:stream xmlns='jabber:client'>"
~ | tcp 5222 | "<?xml version='1.0'?><stream:stream xmlns='jabber:client' "
- | tcp 5222 | "<?xml version='1.0'?><soap:Envelope>"
- | tcp 5222 | "<stream:stream xmlns='urn:other'>"
