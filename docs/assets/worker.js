/* Search runs in a worker, which a browser refuses to pages opened from a folder: there a hidden frame does its work. */
if (location.protocol === "file:") {
  window.Worker = class extends EventTarget {
    constructor(url) {
      super()
      this.onmessage = null
      this.waiting = []
      const frame = document.createElement("iframe")
      frame.hidden = true
      document.documentElement.append(frame)
      const inside = frame.contentWindow
      inside.postMessage = data => {
        const event = new MessageEvent("message", { data })
        if (this.onmessage) this.onmessage(event)
        this.dispatchEvent(event)
      }
      inside.importScripts = (...urls) =>
        urls.reduce((before, one) => before.then(() => load(inside, one)), Promise.resolve())
      load(inside, url).then(() => {
        this.send = data => inside.dispatchEvent(new MessageEvent("message", { data }))
        this.waiting.forEach(this.send)
      })
    }
    postMessage(data) {
      this.send ? this.send(data) : this.waiting.push(data)
    }
    terminate() {}
  }
  function load(inside, url) {
    return new Promise((done, failed) => {
      const script = inside.document.createElement("script")
      script.src = url
      script.onload = done
      script.onerror = failed
      inside.document.documentElement.append(script)
    })
  }
}
