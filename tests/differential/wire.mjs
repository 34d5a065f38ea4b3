// The other end of every socket of this process: one server that is registry and proxy, and notes who was
// asked for what.
import fs from 'node:fs'
import http from 'node:http'
import net from 'node:net'
import tls from 'node:tls'

const hop = Symbol('hop')

// JSON on one line whatever the reader takes for the end of a line.
export const ascii = value => JSON.stringify(value).replace(/[\u007f-\uffff]/g, c => '\\u' + c.charCodeAt(0).toString(16).padStart(4, '0'))

export class Wire {
  #hops = []
  #addresses = new Map()
  #names = new Map()
  #sockets = new Set()
  #server
  #http
  #context

  static async start (keyFile, certFile) {
    const wire = new Wire()
    wire.#context = tls.createSecureContext({ key: fs.readFileSync(keyFile), cert: fs.readFileSync(certFile) })
    wire.#http = http.createServer({ keepAlive: false }, (request, response) => {
      wire.#note(request)
      response.writeHead(200, { connection: 'close', 'content-type': 'application/json' }).end('{}')
    }).on('connect', (request, socket, head) => {
      wire.#note(request)
      socket.write('HTTP/1.1 200 OK\r\n\r\n')
      if (head.length) socket.unshift(head)
      wire.#serve(socket, socket[hop])
    }).on('clientError', (error, socket) => {
      wire.#hops.push({ broken: error.code })
      socket.destroy()
    })
    wire.#server = net.createServer(socket => {
      socket.setNoDelay()
      wire.#sockets.add(socket)
      socket.on('close', () => wire.#sockets.delete(socket))
      wire.#serve(socket, { to: wire.#names.get(socket.localAddress), tls: false })
    })
    await new Promise(resolve => wire.#server.listen(0, '0.0.0.0', resolve))
    wire.#divert()
    return wire
  }

  // Every connection to HOST:PORT goes to an address that stands for exactly that.
  #divert () {
    const connect = net.Socket.prototype.connect
    const wire = this
    const port = this.#server.address().port
    net.Socket.prototype.connect = function (...args) {
      const [options, done] = net._normalizeArgs(args[0]?.[0] && Array.isArray(args[0]) ? args[0] : args)
      const name = `${options.host ?? 'localhost'}:${options.port}`
      const { lookup, family, localAddress, autoSelectFamily, ...rest } = options
      return connect.call(this, { ...rest, host: wire.#address(name), port }, done)
    }
  }

  #address (name) {
    if (!this.#addresses.has(name)) {
      const n = this.#addresses.size + 2
      const address = `127.${1 + (n >> 16)}.${n >> 8 & 255}.${n & 255}`
      this.#addresses.set(name, address)
      this.#names.set(address, name)
    }
    return this.#addresses.get(name)
  }

  #note ({ method, url, headers, socket }) {
    this.#hops.push({
      ...socket[hop],
      method,
      url,
      authorization: headers.authorization ?? null,
      proxyAuthorization: headers['proxy-authorization'] ?? null
    })
  }

  #serve (socket, about) {
    socket[hop] = about
    socket.on('error', () => {})
    socket.once('data', first => {
      socket.pause()
      if (first[0] === 4 || first[0] === 5) return this.#socks(socket, first)
      socket.unshift(first)
      process.nextTick(() => socket.resume())
      if (first[0] !== 0x16) return this.#http.emit('connection', socket)
      const inner = new tls.TLSSocket(socket, { isServer: true, secureContext: this.#context })
      inner[hop] = { ...about, tls: true }
      inner.on('error', () => {})
      this.#http.emit('connection', inner)
    })
  }

  // Messages are short and come whole; the proxy says yes to everything.
  #socks (socket, first) {
    const about = { ...socket[hop], socks: first[0], authorization: null, proxyAuthorization: null }
    const next = answer => new Promise(resolve => {
      socket.once('data', data => { socket.pause(); resolve(data) })
      socket.write(answer)
      socket.resume()
    })
    const through = answer => {
      this.#hops.push(about)
      socket.write(answer)
      this.#serve(socket, socket[hop])
      socket.resume()
    }
    const five = async () => {
      const wants = first.subarray(2).includes(2)
      let message = await next(Buffer.from([5, wants ? 2 : 0]))
      if (wants) {
        const n = message[1]
        about.user = message.subarray(2, 2 + n).toString()
        about.password = message.subarray(3 + n, 3 + n + message[2 + n]).toString()
        message = await next(Buffer.from([1, 0]))
      }
      about.named = message[3] === 3
      through(Buffer.from([5, 0, 0, 1, 0, 0, 0, 0, 0, 0]))
    }
    if (first[0] === 5) return void five()
    about.named = first.readUInt32BE(4) < 256
    about.user = first.subarray(8, first.indexOf(0, 8)).toString()
    through(Buffer.from([0, 90, 0, 0, 0, 0, 0, 0]))
  }

  forget () {
    for (const socket of this.#sockets) socket.destroy()
    this.#hops = []
  }

  // Of the request before: the hop that was a proxy, or null, and what the registry was sent.
  seen () {
    const [first, ...rest] = this.#hops
    if (!first) return { proxy: null, asked: false, authorization: null, proxyAuthorization: null }
    const last = rest.at(-1) ?? first
    const absolute = /^[a-z]+:\/\//i.test(first.url ?? '')
    const tunnel = first.method === 'CONNECT' ? first.url : first.to
    const proxied = rest.length > 0 || first.method === 'CONNECT' || absolute || first.socks
    return {
      asked: last.method === 'GET',
      // Behind socks nobody sees the registry's host.
      url: last.method !== 'GET' || first.socks ? null : absolute ? first.url : `${last.tls ? 'https' : 'http'}://${tunnel}${last.url}`,
      direct: proxied ? null : first.to,
      proxy: proxied ? { to: first.to, tls: first.tls, socks: first.socks ?? null, named: first.named ?? null } : null,
      user: first.user ?? null,
      password: first.password ?? null,
      proxyAuthorization: first.proxyAuthorization ?? null,
      authorization: last.method === 'GET' ? last.authorization : null
    }
  }
}
