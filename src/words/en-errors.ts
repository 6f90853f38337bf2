// English: why it failed, what that means and what to do; and what the worker says it is doing.
// Which code has which words: page/explain-error.ts and page/saying-words.ts.
export const englishErrors = {
  'error.code': 'Code: {code}',
  'error.what': 'What happened, in the program’s own words: {message}',
  'error.unreachable': 'The program that computes could not be fetched.',
  'error.silent': 'The program that computes did not start in this tab.',
  'error.insecure': '{origin} is neither https nor localhost: nothing computes there.',
  'error.wire': 'The coordinator speaks version {theirs}, this page version {ours}.',

  'error.not-signed.title': 'Your wallet did not sign',
  'error.not-signed.means':
    'Without that one signature no work can be credited to the wallet. Nothing was sent.',
  'error.not-signed.act': 'Press Start to be asked again, or choose to go on without a wallet.',
  'error.wrong-chain.title': 'The wallet is on another chain',
  'error.wrong-chain.means':
    'The permission is bound to one chain, though it sends no transaction on it.',
  'error.wrong-chain.act':
    'Choose that chain in the wallet and press Start, or go on without a wallet.',
  'error.account-gone.title': 'The wallet shows another account now',
  'error.account-gone.means':
    'The account that it had named was taken away while it was asked to sign, or it was locked. ' +
    'Nothing was sent.',
  'error.account-gone.act':
    'Choose one account in the wallet and press Start, or go on without a wallet.',
  'error.other-account.title': 'The signature is another account’s',
  'error.other-account.means':
    'The wallet signed, but not with the account that it had named. Nothing is credited to an ' +
    'account that did not sign.',
  'error.other-account.act':
    'Choose one account in the wallet and press Start, or go on without a wallet.',
  'error.wallet.title': 'The wallet could not be used',
  'error.wallet.means':
    'The page could not get an account and a signature from it. Nothing was sent.',
  'error.wallet.act': 'Unlock the wallet and press Start, or choose to go on without a wallet.',
  'error.contract-wallet.title': 'This wallet is a contract, which cannot be asked here',
  'error.contract-wallet.means':
    'Only a chain can tell what a contract signed, and this coordinator has none to ask. Nothing ' +
    'was computed.',
  'error.contract-wallet.act':
    'Choose an ordinary account, or go on without a wallet. The operator of this page can change it.',
  'error.chain-away.title': 'The wallet’s chain does not answer',
  'error.chain-away.means':
    'The wallet is a contract, and the coordinator could not ask its chain what it signed.',
  'error.chain-away.act': 'Press Start again in a while, or go on without a wallet.',
  'error.insecure.title': 'This page is not open securely',
  'error.insecure.means':
    'Away from localhost, browsers allow GPU work, signing keys and storage only over https.',
  'error.insecure.act': 'Open this page over https, or on this machine as localhost.',
  'error.version.title': 'This page is out of date',
  'error.version.means':
    'The coordinator speaks another version than this page, so neither would understand.',
  'error.version.act':
    'Reload this page. If that does not help, clear the site data and open it again.',
  'error.no-device.title': 'This device cannot take part',
  'error.no-device.means':
    'No way of computing here passed its test: WebGPU gave no adapter or wrong bytes, and ' +
    'WebAssembly is missing or gave wrong bytes. Wrong bytes would only be refused.',
  'error.no-device.act': 'Try a current Chrome, Edge, Firefox or Safari, with WebAssembly allowed.',
  'error.no-store.title': 'This browser stores nothing here',
  'error.no-store.means':
    'A signing key, the model’s files and results not yet sent must be kept in the browser. ' +
    'Without that a finished result could be lost, so nothing is computed.',
  'error.no-store.act':
    'Allow this site to store data, or open it outside a private window, then press Start.',
  'error.no-room.title': 'There is no room to store the model',
  'error.no-room.means':
    'The browser, or the disk limit that you set, leaves no room for the model’s files, so ' +
    'nothing can be computed.',
  'error.no-room.act':
    'Free some disk space, raise the limit, or clear the stored model files below, then press Start.',
  'error.suspended.title': 'This account is suspended',
  'error.suspended.means':
    'The coordinator gives this account no more work, because results of it were refused. ' +
    'Credit that was already verified stays in the record.',
  'error.suspended.act': 'Ask the operator of this coordinator, who can see the reasons.',
  'error.bound.title': 'This account belongs to a wallet now',
  'error.bound.means':
    'Its credit counts for the wallet that it was bound to, and work is taken in the wallet’s name.',
  'error.bound.act': 'Choose that wallet and press Start.',
  'error.consent.title': 'Your consent has ended',
  'error.consent.means':
    'It ran out or was withdrawn, so the coordinator hands out no more work. Results that were ' +
    'finished before are still taken.',
  'error.consent.act': 'Read the text again and press Start if you still agree.',
  'error.foreign.title': 'The coordinator goes by another address',
  'error.foreign.means':
    'It names an address that this page did not come from, so nothing was signed.',
  'error.foreign.act': 'Open the page at the address it names, or tell its operator.',
  'error.refused.title': 'The coordinator refuses this session',
  'error.refused.means':
    'It accepted the signature and then no call under it. Finished results are kept.',
  'error.refused.act': 'Reload this page and press Start. If it stays so, tell the operator.',
  'error.expired.title': 'Your permission has run out',
  'error.expired.means':
    'The signature that lets this browser work for your account is no longer valid.',
  'error.expired.act': 'Press Start to give it again.',
  'error.model.title': 'The model could not be loaded',
  'error.model.means':
    'A file of it is missing, or is not what its digest says. Nothing of it was used.',
  'error.model.act': 'Press Start to fetch it again. If it stays so, tell the operator.',
  'error.log.title': 'The coordinator’s log of receipts does not hold',
  'error.log.means':
    'It is not a continuation of what this browser saw before, or is not shown any more. What ' +
    'was credited to you or others may be hidden or changed.',
  'error.log.act':
    'Ask whoever runs it. If it was set up anew and you believe that, clear this site’s data.',
  'error.network.title': 'The coordinator cannot be reached',
  'error.network.means':
    'Either this machine is offline or the coordinator is. Finished results are kept.',
  'error.network.act': 'Check the connection, then press Start.',
  'error.session.title': 'The coordinator refuses this session',
  'error.session.means':
    'It did not take the permission that was signed. Finished results are kept.',
  'error.session.act': 'Press Start to sign again. If it stays so, tell the operator the code.',
  'error.crashed.title': 'The program that computes has ended',
  'error.crashed.means':
    'The browser ended it, perhaps for want of memory. Finished results are kept; the units it ' +
    'held run out by themselves.',
  'error.crashed.act': 'Close other heavy tabs, or lower the level, and press Start.',
  'error.answer.title': 'The coordinator gave no proper answer',
  'error.answer.means':
    'It may be restarting, or something else answers here. Finished results are kept.',
  'error.answer.act': 'Wait a little and press Start. If it stays so, tell the operator the code.',
  'error.memory.title': 'The device gave up',
  'error.memory.means': 'It ran out of memory or its driver reset. The units it held went back.',
  'error.memory.act': 'Close other heavy tabs and press Start, or lower the level.',
  'error.other.title': 'Something went wrong',
  'error.other.means': 'The contributor stopped. Finished results are kept in this browser.',
  'error.other.act': 'Press Start to try again.',
  'error.other.reload':
    'Reload this page and press Start. If it happens again, tell the operator the code.',
} as const;
